/**
 * Data sets in tables of real PostgreSQL and MariaDB servers. Needs Debian's `postgresql` and `mariadb-server`, of which
 * nothing has to run: the tests start their own; and of an old MySQL of Oracle's that npm has. Says what is missing.
 * @module
 */
import './source.sql.ts'
import './tls.sql.ts'
import './oracle.sql.ts'
