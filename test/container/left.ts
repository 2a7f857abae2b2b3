/**
 * A runner that begins a container and waits to be killed.
 * @module
 */
import { join } from 'node:path'

import { findContainerHost } from '../../src/engine/container-program.ts'
import { createContainerEngine } from '../../src/engine/container.ts'
import { openJournal } from '../../src/engine/journal.ts'
import { IMAGE } from './open-machine.ts'

const [dataDir = '', folder = '', program] = process.argv.slice(2)
const host = await findContainerHost([program === 'docker' ? 'docker' : 'podman'], process.env)
if ('trouble' in host) throw new Error(host.trouble)
const engine = createContainerEngine({
  host,
  folder: dataDir,
  journal: openJournal(join(dataDir, 'processes')),
})
const handle = await engine.start({
  name: 'left',
  command: { script: '#!/bin/bash\necho ready\nsleep 600\n' },
  cwd: join(folder, 'left-work'),
  container: { image: IMAGE, shmMb: 0, network: false, mounts: [] },
  output: { stdout: (line) => console.log(line) },
})
await handle.wait()
