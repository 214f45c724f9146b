// Follows a topic of Omatoimi from its first record, with @platformatic/kafka and nothing of ours, and tells the same
// as follow.py: events of each type, whether every subject's sequence runs from 1 without gaps, and M01.
import { parseArgs } from 'node:util'
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka'

const { values: asked } = parseArgs({
  options: {
    bootstrap: { type: 'string' }, // the broker's address, host:port
    topic: { type: 'string', default: 'booking.events.v1' },
    group: { type: 'string', default: `follow-${crypto.randomUUID()}` }, // a consumer group of your own
    from: { type: 'string', default: '0000-01-01' }, // M01's first local day
    to: { type: 'string', default: '9999-12-31' }, // and its last
    follow: { type: 'boolean', default: false }, // print events as they come; Ctrl-C ends
    zone: { type: 'string', default: 'Europe/Helsinki' }, // of the local days
    demo: { type: 'boolean', default: false } // count example content too
  }
})
const { bootstrap, topic } = asked
const known = new Set(), types = new Map(), sequences = new Map(), gaps = [], bookings = new Map(), confirmed = new Set()

function take (event) {
  const id = `${event.source} ${event.id}`
  if (known.has(id)) return // delivery is at least once: a known id is a copy
  known.add(id)
  const { subject, type, data } = event, sequence = Number(event.sequence), before = sequences.get(subject) ?? 0
  if (sequence !== before + 1) gaps.push(`${subject} has ${sequence} after ${before}`)
  sequences.set(subject, sequence)
  if (event.source.endsWith('/demo') && !asked.demo) return // example content: part of the sequence, and not counted
  types.set(type, (types.get(type) ?? 0) + 1)
  if (type.startsWith('omatoimi.booking.')) bookings.set(subject, data)
  if (type === 'omatoimi.booking.confirmed.v1') confirmed.add(subject)
  if (asked.follow) console.log(event.time, type, subject, event.sequence)
}

const localDay = new Intl.DateTimeFormat('sv', { timeZone: asked.zone }) // which writes 2026-12-31

function localDays ({ start, end }) { // the days that a slot touches; its end is no part of it
  const days = [], last = localDay.format(new Date(Date.parse(end) - 1))
  for (let day = localDay.format(new Date(start)); day <= last;) {
    days.push(day)
    day = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
  }
  return days
}

const stop = message => { console.error(message); process.exit(1) }
const consumer = new Consumer({
  clientId: 'follow.mjs',
  groupId: asked.group,
  bootstrapBrokers: [bootstrap],
  deserializers: stringDeserializers,
  maxWaitTime: 200,
  retries: 1
})
await consumer.metadata({ topics: [topic] }).catch(error => stop(error.code === 'PLT_KFK_USER'
  ? `there is no topic ${topic} at ${bootstrap}`
  : `no broker answers at ${bootstrap}`))
const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic)
const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false })
const reached = (end, partition) => stream.offsetsToFetch.get(`${topic}:${partition}`) >= end
stream.on('data', ({ value }) => value && take(JSON.parse(value))) // no value is a tombstone: what its key holds must go
await new Promise(resolve => {
  process.on('SIGINT', resolve)
  if (!asked.follow) stream.on('fetch', () => ends.every(reached) && !stream.readableLength && resolve())
})

const total = [...types.values()].reduce((sum, n) => sum + n, 0)
console.log(`${topic}: ${total} events`)
for (const type of [...types.keys()].sort()) console.log(`${String(types.get(type)).padStart(8)} ${type}`)
if (topic.includes('.events.')) { // on compacted topics it is a version, and older ones have gone
  console.log(`sequences of ${sequences.size} subjects: ${gaps.slice(0, 9).join('; ') || 'from 1 without gaps'}`)
}
if (topic.endsWith('booking.events.v1')) {
  const told = [...confirmed].map(booking => bookings.get(booking))
  const counted = told.filter(({ organiser }) => !Object.values(organiser).includes('library'))
  const days = counted.flatMap(({ slot }) => localDays(slot)).filter(day => asked.from <= day && day <= asked.to)
  console.log(`M01: ${days.length}`)
}
await consumer.close(true)
process.exit(0)
