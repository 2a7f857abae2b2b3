// Uniform bytes of messages, see sha512.c.
#pragma once
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

// Messages one after another, the place behind each, and a domain separation tag with its length as one byte behind it.
typedef struct {
  const uint8_t *bytes;
  const uint32_t *ends;
  const uint8_t *tail;
  size_t tailLength;
} Messages;

// `out` = 96 uniform bytes of each of the eight messages from `from` on, of which there are `count`, as twelve big-endian
// words: expand_message_xmd of RFC 9380 §5.3.1.
void expand(__m512i out[12], const Messages *messages, int from, int count);
