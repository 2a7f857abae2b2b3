/**
 * Units that send to brokers and read from object stores, against a real Kafka and a real S3 server, which are fetched
 * once and kept. Needs Java 17 and Maven, or cargo; says what is missing.
 * @module
 */
import './kafka.broker.ts'
import './s3.broker.ts'
