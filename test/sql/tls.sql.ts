/**
 * Data sets in tables of PostgreSQL and MariaDB over TLS, with certificates that sign themselves.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { loadDataset } from '../../src/runner/data/dataset.ts'
import { freshFolder, removeFolders } from '../process/cluster.ts'
import { entryOf, missing, READER, type Server, startMysql, startPostgres } from './server.ts'

/** The table says whether the session that reads it is encrypted. */
const DIALECTS = [
  {
    title: 'PostgreSQL',
    type: 'postgres',
    start: startPostgres,
    first: 'postgres',
    prepare: [`create role reader login password '${READER}'`, 'create database bank'],
    tables: [
      `create view loans as select 'a'::text as uid,
         (select ssl::int from pg_stat_ssl where pid = pg_backend_pid()) as sealed`,
      'grant select on loans to reader',
    ],
  },
  {
    title: 'MariaDB',
    type: 'mariadb',
    start: startMysql,
    first: 'mysql',
    prepare: [`create user reader@'%' identified by '${READER}'`, 'create database bank'],
    tables: [
      `create view loans as select 'a' as uid, length(variable_value) > 0 as sealed
         from information_schema.session_status where variable_name = 'SSL_CIPHER'`,
      "grant select on loans to reader@'%'",
    ],
  },
] as const

for (const dialect of DIALECTS) {
  const lacking = missing(dialect.type === 'mariadb' ? 'mysql' : dialect.type)

  describe(`TLS with ${dialect.title}`, { skip: lacking ?? false, timeout: 180_000 }, () => {
    const servers: Server[] = []
    let folder: string

    before(async () => {
      folder = await freshFolder('sql-tls')
      for (const name of ['localhost', 'other.example']) {
        const server = await dialect.start(name)
        servers.push(server)
        server.run(dialect.first, ...dialect.prepare)
        for (const sql of dialect.tables) server.run('bank', sql)
      }
    })
    after(async () => {
      for (const server of servers) await server.close()
      await removeFolders([folder])
    })

    const sealed = async (server: Server, source: Readonly<Record<string, unknown>>) => {
      const named = { type: dialect.type, host: 'localhost', port: server.port, ...source }
      const { columns } = await loadDataset(await entryOf(folder, named), ['sealed'])
      return columns[0].values[0]
    }

    it('encrypts what is read from a server whose certificate the owner knows', async () => {
      const [server] = servers
      assert.equal(await sealed(server, { tls: 'verify', ca: server.cert }), '1')
      assert.equal(await sealed(server, {}), '0')
    })

    it('reads nothing where nobody knows the certificate, or it is that of another server', async () => {
      const [server, other] = servers
      for (const ca of [undefined, other.cert]) {
        await assert.rejects(
          sealed(server, { tls: 'verify', ...(ca === undefined ? {} : { ca }) }),
          /"loans" cannot be read \([A-Z_]*(SELF_SIGNED|SIGNATURE|HANDSHAKE|CERT)[A-Z_]*\)/,
        )
      }
    })

    it('reads nothing where the certificate is for another name, however trusted', async () => {
      const other = servers[1]
      await assert.rejects(
        sealed(other, { tls: 'verify', ca: other.cert }),
        /"loans" cannot be read \(\w+\)/,
      )
      // Without looking at the name this would have been read.
      assert.equal(await sealed(other, {}), '0')
    })

    it('says what is wrong with the file of an authority', async () => {
      const [server] = servers
      await assert.rejects(
        sealed(server, { tls: 'verify', ca: 'nowhere.pem' }),
        /authority of data set "loans" cannot be read \(ENOENT\)/,
      )
      await assert.rejects(sealed(server, { ca: server.cert }), /names a "ca" and no "tls"/)
      // An address is in no certificate of these.
      const address = { host: '127.0.0.1', tls: 'verify', ca: server.cert }
      await assert.rejects(sealed(server, address), /cannot be read|by an address/)
    })
  })
}
