/**
 * Opens the programs that run containers with an image in them that is made of static programs, without a registry.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe } from 'node:test'

import { openDocker } from './docker.ts'
import type { Machine } from './machine.ts'
import { openPodman } from './podman.ts'

/** The image that every machine has. */
export const IMAGE = 'localhost/weft-test:1'

/** The programs that the tests run with. */
const PROGRAMS = ['podman', 'docker'] as const

/** Opens one of the programs with the image in it, or says in one line why it cannot be. */
async function openMachine(program: (typeof PROGRAMS)[number]): Promise<Machine | string> {
  const absent = ['/bin/busybox', '/bin/bash-static'].filter((path) => !existsSync(path))
  if (absent.length > 0)
    return `${absent.join(', ')} not found: apt-get install busybox-static bash-static`
  const machine = await (program === 'podman' ? openPodman() : openDocker())
  if (typeof machine === 'string') return machine
  await makeImage(machine)
  return machine
}

/** Tells of each program what it runs, or why it cannot be tried. */
export async function tellOfEach(
  what: string,
  tellOf: (program: string, machine: Machine) => void,
): Promise<void> {
  for (const program of PROGRAMS) {
    const machine = await openMachine(program)
    if (typeof machine === 'string')
      describe(`${what} of ${program}`, { skip: machine }, () => undefined)
    else tellOf(program, machine)
  }
}

const APPLETS = 'sh cat sleep id env touch head tr grep df nproc dd kill mkdir stat httpd wget'

async function makeImage({ folder, command }: Machine): Promise<void> {
  const root = join(folder, 'image')
  await mkdir(join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'tmp'))
  await writeFile(join(root, 'only-in-image'), 'from the image\n')
  await copyFile('/bin/busybox', join(root, 'bin/busybox'))
  await copyFile('/bin/bash-static', join(root, 'bin/bash'))
  for (const name of APPLETS.split(' ')) await symlink('busybox', join(root, 'bin', name))
  const tar = join(folder, 'image.tar')
  execFileSync('tar', ['-C', root, '-cf', tar, '.'])
  command('import', tar, IMAGE)
}
