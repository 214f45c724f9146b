// Prints the public events of a system as they come, over HTTP alone: Node's own fetch and server-sent events.
// node stream.mjs URL [--topic booking.events.v1] [--since 0] [--count 5] [--demo]
import { parseArgs } from 'node:util'

const { values: asked, positionals: [url] } = parseArgs({
  allowPositionals: true,
  options: {
    topic: { type: 'string' }, // this topic only
    since: { type: 'string' }, // what comes after this number, or a time with its offset; left out: from now on
    count: { type: 'string', default: 'Infinity' }, // end after so many
    demo: { type: 'boolean', default: false } // example content too
  }
})
let { since } = asked, left = Number(asked.count)

async function connect () {
  const told = { topic: asked.topic, since, demo: asked.demo ? 'include' : undefined }
  const query = new URLSearchParams(Object.entries(told).filter(([, value]) => value !== undefined))
  const answer = await fetch(`${url}/analytics/v1/events?${query}`, { headers: { Accept: 'text/event-stream' } })
  if (answer.status >= 400 && answer.status < 500) throw new Error((await answer.json()).detail)
  if (!answer.ok) return // it is to be tried again
  let text = ''
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    const frames = (text += piece).split('\n\n')
    text = frames.pop() // the last one may not be whole yet
    for (const frame of frames) {
      const line = frame.split('\n').find(line => line.startsWith('data: '))
      if (!line) continue // a comment: the stream is alive
      const { number, topic, partition, offset, event } = JSON.parse(line.slice(6))
      console.log(number, topic, partition, offset, event.time, event.type, event.subject)
      since = String(number) // after a lost connection it goes on behind this one
      if (--left <= 0) process.exit(0)
    }
  }
}

for (;;) {
  await connect().catch(error => {
    if (error.name === 'TypeError') return console.error(`no answer from ${url}: ${error.cause ?? error.message}; trying again`)
    console.error(error.message)
    process.exit(1)
  })
  await new Promise(resolve => setTimeout(resolve, 2000))
}
