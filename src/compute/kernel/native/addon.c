// The N-API side of ifma.c, x25519.c and elligator.c: one function, `call(operation, memory, ...numbers)`, where addresses are offsets into
// `memory`. Compiled without AVX-512, so that it can say that a processor lacks it.
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <string.h>

#include "ifma.h"

enum { SET_UP, FROM_BYTES, TO_BYTES, MULTIPLY_ROWS, REDUCE_ROWS, POWER_ROWS, FILL_TABLE, RAISE_BASE, FILL_BUCKETS, WEIGH_BUCKETS, X25519, HASH_25519, MAP_25519 };
enum { MOST_LIMBS = 320, ARGUMENTS = 10 };

static napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

// Whether the points, the messages, the places behind them and the tag of HASH_25519 lie in a memory of `size` bytes.
static bool hash_within(const void *memory, const int64_t *v, uint64_t size) {
  const uint64_t out = (uint64_t)v[2], bytes = (uint64_t)v[3], ends = (uint64_t)v[4], count = (uint64_t)v[7];
  if (count > size / 32 || out > size - 32 * count || ends > size - 4 * count || ends % 4 != 0) return false;
  if ((uint64_t)v[6] > 256 || (uint64_t)v[5] > size - (uint64_t)v[6]) return false;
  const uint32_t *places = (const uint32_t *)((const uint8_t *)memory + ends);
  uint32_t before = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (places[i] < before || places[i] > size - bytes) return false;
    before = places[i];
  }
  return true;
}

static napi_value call(napi_env env, napi_callback_info info) {
  napi_value values[ARGUMENTS];
  size_t count = ARGUMENTS, size = 0;
  void *memory = NULL;
  int64_t v[ARGUMENTS] = {0};
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) != napi_ok || count < 2 ||
      napi_get_value_int64(env, values[0], &v[0]) != napi_ok ||
      napi_get_arraybuffer_info(env, values[1], &memory, &size) != napi_ok || size < sizeof(Machine)) {
    return fail(env, "call: expected an operation, a memory and numbers");
  }
  if (count > ARGUMENTS) count = ARGUMENTS;
  for (size_t i = 2; i < count; i++) {
    if (napi_get_value_int64(env, values[i], &v[i]) != napi_ok || v[i] < 0 || (uint64_t)v[i] > size) {
      return fail(env, "call: an argument is not a number within the memory");
    }
  }
  Machine *m = memory;
  if (v[0] == SET_UP && (v[2] < 3 || v[2] > MOST_LIMBS)) return fail(env, "call: too many limbs");
#define ROWS(i) ((uint64_t *)((uint8_t *)memory + v[i]))
#define BYTES(i) ((uint8_t *)memory + v[i])
#define WORDS(i) ((const uint32_t *)((uint8_t *)memory + v[i]))
#define INT(i) ((int)v[i])
  bool done = true;
  switch (v[0]) {
    case SET_UP:
      *m = (Machine){.limbs = (uint64_t)v[2], .inverse = 0, .modulus = (uint64_t)v[4]};
      if (v[3] > 0) m->inverse = ROWS(3)[0];
      break;
    case FROM_BYTES: ifma_from_bytes(m, ROWS(2), BYTES(3), INT(4), INT(5)); break;
    case TO_BYTES: ifma_to_bytes(m, BYTES(2), ROWS(3), INT(4), INT(5)); break;
    case MULTIPLY_ROWS: ifma_multiply_rows(m, ROWS(2), ROWS(3), ROWS(4), INT(5), INT(6)); break;
    case REDUCE_ROWS: ifma_reduce_rows(m, ROWS(2), INT(3)); break;
    case POWER_ROWS: done = ifma_power_rows(m, ROWS(2), ROWS(3), WORDS(4), INT(5), INT(6), INT(7)); break;
    case FILL_TABLE: ifma_fill_table(m, ROWS(2), ROWS(3), ROWS(4), INT(5)); break;
    case RAISE_BASE: ifma_raise_base(m, ROWS(2), ROWS(3), BYTES(4), INT(5), INT(6)); break;
    case FILL_BUCKETS: ifma_fill_buckets(m, ROWS(2), ROWS(3), WORDS(4), WORDS(5), INT(6), ROWS(7)); break;
    case WEIGH_BUCKETS: ifma_weigh_buckets(m, ROWS(2), ROWS(3), INT(4), INT(5), ROWS(6)); break;
    case X25519:
      if ((uint64_t)v[5] > size / 32 || (uint64_t)v[2] > size - 32 * (uint64_t)v[5] ||
          (uint64_t)v[3] > size - 32 * (uint64_t)v[5] || (uint64_t)v[4] > size - 32) {
        return fail(env, "call: points do not lie within the memory");
      }
      ifma_x25519(BYTES(2), BYTES(3), BYTES(4), INT(5));
      break;
    case HASH_25519:
      if (!hash_within(memory, v, size)) return fail(env, "call: messages do not lie within the memory");
      ifma_hash25519(BYTES(2), BYTES(3), WORDS(4), BYTES(5), INT(6), INT(7));
      break;
    case MAP_25519:
      if ((uint64_t)v[4] > size / 96 || (uint64_t)v[2] > size - 32 * (uint64_t)v[4] ||
          (uint64_t)v[3] > size - 96 * (uint64_t)v[4]) {
        return fail(env, "call: points do not lie within the memory");
      }
      ifma_map25519(BYTES(2), BYTES(3), INT(4));
      break;
    default: return fail(env, "call: no such operation");
  }
  return done ? NULL : fail(env, "call: out of memory");
}

NAPI_MODULE_INIT() {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512ifma")) {
    napi_throw_error(env, NULL, "this processor has no AVX-512 IFMA");
    return NULL;
  }
  napi_value function;
  if (napi_create_function(env, "call", NAPI_AUTO_LENGTH, call, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "call", function) != napi_ok) {
    return NULL;
  }
  return exports;
}
