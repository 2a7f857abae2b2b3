/**
 * @module
 */
import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { gpuTrouble } from '../../src/engine/container-gpus.ts'
import { temporaryFolder } from '../helpers/folder.ts'

describe('whether containers can be given GPUs', () => {
  let folder = ''
  let bin = ''
  let cdi = ''
  before(async () => {
    folder = await temporaryFolder()
    bin = join(folder, 'bin')
    cdi = join(folder, 'cdi')
    await mkdir(bin)
    await mkdir(cdi)
  })
  const podman = () => gpuTrouble({ program: 'podman', path: bin, cdi: [join(folder, 'no'), cdi] })
  const docker = (runtimes: string) => gpuTrouble({ program: 'docker', path: bin, runtimes })

  it('podman needs a CDI description of NVIDIA’s, whatever its file is called', async () => {
    assert.match(podman() ?? '', /no CDI description.*install nvidia-container-toolkit, then run/)
    await writeFile(join(cdi, 'nvidia.yaml.bak'), 'kind: nvidia.com/gpu\n')
    await writeFile(join(cdi, 'other.yaml'), 'cdiVersion: 0.5.0\nkind: vendor.com/net\n')
    assert.notEqual(podman(), undefined)
    await writeFile(join(cdi, 'gpus.json'), '{"cdiVersion":"0.5.0","kind":"nvidia.com/gpu"}')
    assert.equal(podman(), undefined)
    await writeFile(join(cdi, 'gpus.json'), '{}')
    await writeFile(join(cdi, 'gpus.yml'), '---\ncdiVersion: 0.5.0\nkind: "nvidia.com/gpu"\n')
    assert.equal(podman(), undefined)
  })

  it('docker needs the runtime or the hook, and the toolkit that is there is named', async () => {
    const plain = '{"runc":{"path":"runc"}}'
    assert.match(docker(plain) ?? '', /no nvidia runtime: install nvidia-container-toolkit/)
    assert.equal(docker('{"nvidia":{"path":"nvidia-container-runtime"}}'), undefined)
    await writeFile(join(bin, 'nvidia-ctk'), '')
    assert.match(docker(plain) ?? '', /no nvidia runtime: run nvidia-ctk runtime configure/)
    await writeFile(join(bin, 'nvidia-container-runtime-hook'), '')
    await chmod(join(bin, 'nvidia-container-runtime-hook'), 0o755)
    assert.equal(docker(plain), undefined)
  })
})
