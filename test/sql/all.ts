/**
 * Data sets in tables of real PostgreSQL and MariaDB servers. Needs Debian's `postgresql` and `mariadb-server`, of which
 * nothing has to run: the tests start their own; says what is missing.
 * @module
 */
import './source.sql.ts'
import './tls.sql.ts'
