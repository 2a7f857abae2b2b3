#!/bin/sh
# Builds weft-ifma.node into a folder: `build.sh dist`. Needs gcc or clang (CC) and the headers that come with Node.
set -eu
out=${1:?usage: build.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
[ "$(uname -m)" = x86_64 ] || { echo "build.sh: AVX-512 is of x86-64, this is $(uname -m)" >&2; exit 1; }
compiler=${CC:-}
for name in gcc clang cc; do
  [ -n "$compiler" ] || ! command -v "$name" >/dev/null || compiler=$name
done
[ -n "$compiler" ] || { echo "build.sh: no C compiler: install gcc or clang, or set CC" >&2; exit 1; }
# The package "node" has its headers beside it, a system Node in its prefix.
real=$(node -p 'require("fs").realpathSync(process.execPath)')
for include in "${NODE_INCLUDE:-}" "$(dirname "$real")/../include/node" "$(dirname "$real")"/../node_modules/node-*/include/node /usr/include/node; do
  [ -f "$include/node_api.h" ] && break
done
[ -f "$include/node_api.h" ] || { echo "build.sh: node_api.h is not there: set NODE_INCLUDE" >&2; exit 1; }
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=gnu11 -O2 -fPIC -fvisibility=hidden -fno-strict-aliasing -Wall -Wextra"
# shellcheck disable=SC2086
"$compiler" $flags -mavx512f -mavx512ifma -c "$here/ifma.c" -o "$work/ifma.o"
# shellcheck disable=SC2086
for part in x25519 elligator sha512 field25519; do
  "$compiler" $flags -mavx512f -mavx512dq -mavx512ifma -c "$here/$part.c" -o "$work/$part.o"
done
# shellcheck disable=SC2086
"$compiler" $flags -I"$include" -c "$here/addon.c" -o "$work/addon.o"
"$compiler" -shared "$work"/*.o -o "$out/weft-ifma.node"
echo "built $out/weft-ifma.node with $compiler"
