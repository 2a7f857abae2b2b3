/**
 * Objects in stores that speak S3: requests and addresses, signed.
 * @module
 */
import { AwsClient } from 'aws4fetch'

/** Where an object is, and with whose keys. */
export interface ObjectPlace {
  /** Such as `https://obs.example.org`; without a scheme it is https. */
  readonly endpoint: string
  readonly bucket: string
  readonly path: string
  readonly accessKey: string
  readonly secretKey: string
  readonly token?: string
  readonly region: string
}

/** A place from fields as the original names them, or S3 does. Throws a sentence for one that is missing. */
export function objectPlace(fields: Readonly<Record<string, unknown>>): ObjectPlace {
  const text = (...names: string[]) => {
    for (const name of names) {
      const value = fields[name]
      if (typeof value === 'string' && value !== '') return value
    }
    return undefined
  }
  const need = (...names: string[]) => {
    const value = text(...names)
    if (value === undefined) throw new Error(`The object store has no "${names[0]}"`)
    return value
  }
  const token = text('token', 'sessionToken')
  return {
    endpoint: need('endpoint', 'obsEndPoint', 'endPoint'),
    bucket: need('bucket'),
    path: need('path', 'key').replace(/^\/+/, ''),
    accessKey: need('ak', 'accessKeyId'),
    secretKey: need('sk', 'secretAccessKey'),
    ...(token === undefined ? {} : { token }),
    region: text('region') ?? 'us-east-1',
  }
}

/** An address from which anyone may read the object for `seconds`. */
export async function readingUrl(place: ObjectPlace, seconds: number): Promise<string> {
  const url = new URL(urlOf(place))
  url.searchParams.set('X-Amz-Expires', String(seconds))
  const { url: signed } = await clientOf(place).sign(url, {
    method: 'GET',
    aws: { signQuery: true },
  })
  return signed
}

/** The request that writes the object. */
export function writingRequest(
  place: ObjectPlace,
  body: Uint8Array<ArrayBuffer>,
): Promise<Request> {
  return clientOf(place).sign(urlOf(place), { method: 'PUT', body })
}

function clientOf({ accessKey, secretKey, token, region }: ObjectPlace): AwsClient {
  return new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    ...(token === undefined ? {} : { sessionToken: token }),
    service: 's3',
    region,
    retries: 0,
  })
}

function urlOf({ endpoint, bucket, path }: ObjectPlace): string {
  const base = /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`
  const segments = [bucket, ...path.split('/')].map(encodeURIComponent)
  return `${base.replace(/\/+$/, '')}/${segments.join('/')}`
}
