/**
 * Cases in which the server is the attacker, or is used as a lever by one: framing, echoed secrets, addresses that lead
 * inside, redirects, endless and silent answers, questions to the wrong caller, processes that do not end.
 */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import { limits } from '../../src/limits.ts'
import type { Resolve } from '../../src/upstream/egress.ts'
import type { HttpEntry, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { type Answer, json, metaOf, result, startFixture, startRaw, stream } from '../fixtures/upstreams/server.ts'
import { gist, isAlive, request, stopAfterTest, useHttp, useProcess } from '../fixtures/upstreams/use.ts'

const modern = async (call: Answer) => stopAfterTest(await startFixture({ era: 'modern', call }))
const legacy = async (call: Answer) => stopAfterTest(await startFixture({ era: 'legacy', sessions: true, call }))
const call = (name: string, args: Record<string, number | string> = {}, more: Partial<UpstreamRequest> = {}) =>
  request({ params: { name, arguments: args }, ...more })

describe('framing', () => {
  test('A-015 a decompression bomb from upstream → aborted at the inflated limit, outcome unknown', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, ' '))
    const fixture = await modern((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
    })
    const upstream = useHttp(fixture.url)
    await upstream.identity()
    const before = process.memoryUsage().rss
    const outcome = await upstream.send(request())
    expect(gist(outcome)).toBe('unknown ERR_UPSTREAM_CUT')
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('A-015 a compressed answer within the limit is read, a compressed stream or unknown coding is not', async () => {
    const answers: Answer[] = [
      (message, response) => {
        const body = gzipSync(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { plain: true } }))
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body)
      },
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
        response.write(gzipSync('data: {}\n\n'))
      },
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end('x'),
      (_, response) => void response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
    ]
    const fixture = await modern((message, response, seen) => answers.shift()?.(message, response, seen))
    const upstream = useHttp(fixture.url)
    const outcomes = []
    for (let i = 0; i < 4; i++) outcomes.push(gist(await upstream.send(request())))
    expect(outcomes).toEqual(['result', ...Array(3).fill('unknown ERR_UPSTREAM_ENCODING')])
  })
})

describe('headers', () => {
  const fixture = () => modern((message, response) => result(message, response, {}))

  test('A-029 CR, LF and other control characters in mirrored values → refused, nothing forwarded', async () => {
    const server = await fixture()
    const upstream = useHttp(server.url)
    await upstream.identity()
    const control = fc.constantFrom('\r', '\n', '\r\n', '\0', '\x7f', '\x1b', '\u2028', '\u{1f600}')
    await fc.assert(
      fc.asyncProperty(fc.string(), control, fc.string(), fc.boolean(), async (before, bad, after, isName) => {
        const value = `${before}${bad}${after}`
        const more = isName ? { mcpName: value } : { mcpParams: { 'Mcp-Param-Region': value } }
        expect(gist(await upstream.send(request(more)))).toBe('refused ERR_UPSTREAM_HEADER')
      }),
      { numRuns: 200 },
    )
    for (const name of ['Mcp-Param-A\r\nX-Evil', 'Mcp-Param-A: b', 'Authorization', 'Mcp-Param-', 'X-Mcp-Param-A']) {
      const outcome = await upstream.send(request({ mcpParams: { [name]: 'v' } }))
      expect(gist(outcome)).toBe('refused ERR_UPSTREAM_HEADER')
    }
    expect(server.of('tools/call')).toEqual([])
  })

  test.each<[string, string]>([
    ['x-key', 'a\r\nx-evil: 1'],
    ['x-key\r\nx-evil', '1'],
    ['host', 'evil.example'],
    ['Transfer-Encoding', 'chunked'],
    ['content-length', '0'],
    ['Mcp-Method', 'tools/list'],
    ['Connection', 'upgrade'],
  ])('A-029 a static header %j: %j that would change the frame or the protocol → refused', async (name, value) => {
    const server = await fixture()
    const upstream = useHttp(server.url, { headers: { [name]: value } })
    expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_HEADER')
    expect(upstream.status().state).toBe('failing')
    expect(server.seen).toEqual([])
  })

  test('A-040 nothing of the agent but its judged message goes upstream, whatever the request object carries', async () => {
    let bytes = ''
    const raw = stopAfterTest(
      await startRaw((incoming, response, body) => {
        bytes += JSON.stringify(incoming.rawHeaders) + body
        const message = JSON.parse(body) as { id: number; method: string }
        const supportedVersions = ['2026-07-28']
        json(response, { jsonrpc: '2.0', id: message.id, result: { supportedVersions, capabilities: {} } })
      }),
    )
    const canary = 'sp_canarycanarycanarycanary'
    const smuggled = { ...request(), headers: { authorization: `Bearer ${canary}` }, token: canary, pool: canary }
    const upstream = useHttp(raw.url, { headers: { authorization: 'Bearer upstream-own-token' } })
    expect(gist(await upstream.send(smuggled))).toBe('result')
    expect(bytes).toContain('Bearer upstream-own-token')
    expect(bytes).not.toContain('canary')
  })
})

describe('to the wrong caller', () => {
  test('A-053 second answer, foreign id, unknown notification, undeclared question on a stream → dropped, counted', async () => {
    const fixture = await legacy((message, response) => {
      if (message.method !== 'tools/call') return response.writeHead(202).end()
      const send = stream(response)
      send({ jsonrpc: '2.0', id: 12345, result: { foreign: true } })
      send({ jsonrpc: '2.0', method: 'notifications/made/up', params: {} })
      send({ jsonrpc: '2.0', id: 's', method: 'sampling/createMessage', params: {} })
      send({ jsonrpc: '2.0', id: 't', method: 'tools/call', params: {} })
      send('no json')
      send({ jsonrpc: '2.0', id: message.id, result: { first: true } })
      send({ jsonrpc: '2.0', id: message.id, result: { second: true } })
      send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info' } })
      return response.end()
    })
    const upstream = useHttp(fixture.url)
    const delivered: unknown[] = []
    const outcome = await upstream.send(
      request({
        onNotification: method => void delivered.push(method),
        onRequest: method => {
          delivered.push(method)
          return Promise.resolve({ result: {} })
        },
      }),
    )
    expect(outcome.kind === 'result' && outcome.result).toEqual({ first: true })
    await expect.poll(() => upstream.status().counters.strayAnswers).toBe(2)
    expect(delivered).toEqual([])
    expect(upstream.status().counters).toMatchObject({ droppedNotifications: 2, refusedQuestions: 2, junk: 1 })
    await expect
      .poll(() => fixture.seen.filter(seen => seen.message.error !== undefined).map(seen => seen.message))
      .toMatchObject([
        { id: 's', error: { code: -32601 } },
        { id: 't', error: { code: -32601 } },
      ])
  })

  test('A-053 a question on a modern stream → dropped: that era has none', async () => {
    const fixture = await modern((message, response) => {
      const send = stream(response)
      send({ jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: {} })
      send({ jsonrpc: '2.0', id: message.id, result: {} })
      response.end()
    })
    const upstream = useHttp(fixture.url)
    const asked: string[] = []
    const onRequest: UpstreamRequest['onRequest'] = method => {
      asked.push(method)
      return Promise.resolve({ result: {} })
    }
    const client = { capabilities: { elicitation: {} }, clientInfo: {} }
    expect(gist(await upstream.send(request({ client, onRequest })))).toBe('result')
    expect(asked).toEqual([])
    expect(fixture.seen).toHaveLength(2)
    expect(upstream.status().counters.refusedQuestions).toBe(1)
  })

  test('A-053 the same on a process shared by all callers', async () => {
    const upstream = useProcess([])
    const outcome = await upstream.send(call('twice'))
    expect(outcome.kind === 'result' && outcome.result).toEqual({ first: true })
    await upstream.send(call('echo'))
    expect(upstream.status().counters).toMatchObject({ strayAnswers: 2, droppedNotifications: 1 })
  })

  test('A-053 a question while two callers are in flight on one process → put to neither', async () => {
    const upstream = useProcess([])
    const asked: string[] = []
    const caller = (name: string) => ({
      client: { capabilities: { elicitation: {} }, clientInfo: {} },
      onRequest: () => {
        asked.push(name)
        return Promise.resolve({ result: {} })
      },
    })
    const [, outcome] = await Promise.all([
      upstream.send(call('later', { ms: 300 }, caller('alice'))),
      upstream.send(call('ask', {}, caller('bob'))),
    ])
    expect(outcome.kind === 'result' && outcome.result['answered']).toMatchObject({ code: -32603 })
    expect(asked).toEqual([])
  })

  test('A-053 a question after a caller has left, while its call may still run → not put to the next caller', async () => {
    const upstream = useProcess([])
    await upstream.identity()
    expect(gist(await upstream.send(call('never', {}, { totalMs: 200 })))).toBe('unknown ERR_UPSTREAM_CUT')
    const asked: unknown[] = []
    const bob: Partial<UpstreamRequest> = {
      client: { capabilities: { elicitation: {} }, clientInfo: {} },
      onRequest: (_, params) => {
        asked.push(params)
        return Promise.resolve({ result: {} })
      },
    }
    const outcome = await upstream.send(call('ask', { message: 'for alice?' }, bob))
    expect(outcome.kind === 'result' && outcome.result['answered']).toMatchObject({ code: -32603 })
    expect(asked).toEqual([])
  })
})

describe('endless and silent', () => {
  test('A-078 an answer bigger than the limit, declared or not → cut at the byte, outcome unknown', async () => {
    const fixture = await modern((message, response) => {
      const text = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { text: 'x'.repeat(200_000) } })
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(text.slice(0, 1000))
      response.end(text.slice(1000))
    })
    const upstream = useHttp(fixture.url)
    const cut = await upstream.send(request({ answerBytesMax: 100_000 }))
    expect(cut.kind === 'unknown' && cut.refusal.message).toContain('cut at its limit of answer bytes')
    expect(gist(await upstream.send(request({ answerBytesMax: 201_000 })))).toBe('result')
  })

  test('A-078 an answer that never ends → cut at the byte while it is still being sent', async () => {
    let sent = 0
    const fixture = await modern((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const next = (): unknown => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        return response.once('drain', next)
      }
      next()
    })
    expect(gist(await useHttp(fixture.url).send(request()))).toBe('unknown ERR_UPSTREAM_CUT')
    const atCut = sent
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(sent - atCut).toBeLessThan(8 * 1024 * 1024)
  })

  test('A-078 one message of a stream bigger than the limit → cut', async () => {
    const fixture = await modern((_, response) => {
      stream(response)
      response.write(`data: ${'x'.repeat(2 * 1024 * 1024)}`)
    })
    const cut = await useHttp(fixture.url).send(request())
    expect(cut.kind === 'unknown' && cut.refusal.message).toContain('message bytes')
  })

  test('A-078 a million progress events → cut at the events', async () => {
    let sent = 0
    const fixture = await modern((message, response) => {
      const send = stream(response)
      const { progressToken } = metaOf(message)
      const batch = Array.from({ length: 1000 }, (_, progress) =>
        JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress } }),
      ).join('\n\ndata: ')
      const next = (): unknown => {
        while (sent < 1_000_000 && !response.destroyed) {
          sent += 1000
          if (!send(batch)) return response.once('drain', next)
        }
        return response.end()
      }
      next()
    })
    let heard = 0
    const cut = await useHttp(fixture.url).send(request({ progressToken: 1, onNotification: () => void heard++ }))
    expect(cut.kind === 'unknown' && cut.refusal.message).toContain('cut at its limit of events')
    expect(heard).toBe(limits.upstreamEventsMax)
  })

  test('A-078 a stream that only keeps itself alive → cut at the total time', async () => {
    const fixture = await modern((_, response) => {
      stream(response)
      const timer = setInterval(() => response.write(': still here\n\n'), 2)
      response.on('close', () => clearInterval(timer))
    })
    // A second of this clock is a twentieth of one, so that the bound is exact however busy the machine is.
    let nowMs = 0
    const clock: Clock = {
      ...systemClock,
      steadyMs: () => nowMs,
      timer: (ms, fn) =>
        ms !== limits.upstreamSweepMs
          ? systemClock.timer(ms, fn)
          : systemClock.timer(ms / 20, () => {
              nowMs += ms
              fn()
            }),
    }
    const upstream = useHttp(fixture.url, {}, { clock })
    await upstream.identity()
    const begunMs = nowMs
    const cut = await upstream.send(request({ totalMs: 6_000, idleMs: 3_000 }))
    expect(cut.kind === 'unknown' && cut.refusal.message).toContain('cut at its limit of total time')
    expect(nowMs - begunMs).toBeLessThanOrEqual(6_000 + 2 * limits.upstreamSweepMs)
  })

  test.each(['before its head', 'in its body', 'in its stream'])(
    'A-078 silence %s → cut at the idle time',
    async place => {
      const fixture = await modern((_, response) => {
        if (place === 'in its body') response.writeHead(200, { 'content-type': 'application/json' }).write('{"json')
        if (place === 'in its stream') stream(response)('')
      })
      const cut = await useHttp(fixture.url).send(request({ idleMs: 300 }))
      expect(cut.kind === 'unknown' && cut.refusal.message).toContain('cut at its limit of idle time')
    },
  )
})

describe('echoed secrets', () => {
  const key = 'sk_live/4eC39Hq+LyjW"Darjtt1zdp7dc?'
  const forms: Record<string, string> = {
    raw: key,
    'with its scheme': `Bearer ${key}`,
    'in base64': Buffer.from(key).toString('base64'),
    'in base64 one byte in': Buffer.from(`x${key}x`).toString('base64'),
    'in base64 two bytes in': Buffer.from(`authorization: Bearer ${key}; x`).toString('base64'),
    'in base64url': Buffer.from(`??${key}??`).toString('base64url'),
    'URL-encoded': encodeURIComponent(key),
    'URL-encoded in lower case': encodeURIComponent(key).replace(/%../g, code => code.toLowerCase()),
  }
  const isGone = (text: string) => {
    for (const form of [key, encodeURIComponent(key)]) expect(text.toLowerCase()).not.toContain(form.toLowerCase())
    // no run of the key survives in any base64 text of the answer
    for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{12,}/g)) {
      for (let skip = 0; skip < 4; skip++) {
        expect(Buffer.from(run.slice(skip), 'base64').toString('latin1')).not.toContain('4eC39Hq+LyjW')
      }
    }
  }
  const headers = { authorization: `Bearer ${key}` }

  test.each(Object.entries(forms))(
    'A-105 the credential echoed %s, in values, keys and texts → redacted',
    async (_, echo) => {
      const fixture = await modern((message, response) =>
        result(message, response, { content: [{ type: 'text', text: `<<${echo}>>` }], [echo]: { deep: [echo] } }),
      )
      const upstream = useHttp(fixture.url, { headers })
      const outcome = await upstream.send(request())
      isGone(JSON.stringify(outcome))
      expect(outcome.kind === 'result' && outcome.redactions).toBeGreaterThanOrEqual(3)
      expect(upstream.status().counters.redactions).toBeGreaterThanOrEqual(3)
    },
  )

  test('A-105 the credential behind JSON escapes → redacted', async () => {
    const escaped = [...key].map(letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
    const fixture = await modern((message, response) =>
      json(response, `{"jsonrpc":"2.0","id":${message.id},"result":{"text":"${escaped}"}}`),
    )
    isGone(JSON.stringify(await useHttp(fixture.url, { headers }).send(request())))
  })

  test('A-105 the credential in an error, its data and a notification → redacted', async () => {
    const fixture = await modern((message, response) => {
      const send = stream(response)
      send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: { key } } })
      const error = { code: -32000, message: `denied for ${key}`, data: { key } }
      send({ jsonrpc: '2.0', id: message.id, error })
      response.end()
    })
    const heard: unknown[] = []
    const outcome = await useHttp(fixture.url, { headers }).send(
      request({ onNotification: (_, params) => void heard.push(params) }),
    )
    isGone(JSON.stringify(heard))
    isGone(JSON.stringify(outcome))
    expect(outcome.kind === 'error' && outcome.redactions).toBe(3)
  })

  test('A-105 the credential split across chunks of a stream, byte by byte → redacted', async () => {
    const fixture = await modern((message, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const bytes = Buffer.from(`data: ${JSON.stringify({ jsonrpc: '2.0', id: message.id, result: { key } })}\n\n`)
      let index = 0
      const next = (): unknown => {
        if (index === bytes.length) return response.end()
        response.write(bytes.subarray(index, ++index))
        return setImmediate(next)
      }
      next()
    })
    const outcome = await useHttp(fixture.url, { headers }).send(request())
    isGone(JSON.stringify(outcome))
    expect(outcome.kind === 'result' && outcome.redactions).toBe(1)
  })

  test('A-105 the credential in what decides our own words (version, coding, status) → not in the refusal', async () => {
    const answers: Answer[] = [
      (_, response) => void response.writeHead(401, { 'www-authenticate': `Bearer realm="${key}"` }).end(key),
      (_, response) => void response.writeHead(200, { 'content-encoding': key }).end('x'),
      (_, response) => void response.writeHead(307, { location: `https://evil.example/${key}` }).end(),
      (message, response) => json(response, { jsonrpc: key, id: message.id }),
    ]
    const fixture = await modern((message, response, seen) => answers.shift()?.(message, response, seen))
    const upstream = useHttp(fixture.url, { headers })
    for (let i = 0; i < 4; i++) isGone(JSON.stringify(await upstream.send(request())))
    isGone(JSON.stringify(upstream.status()))
    const old = stopAfterTest(await startFixture({ era: 'legacy', version: key, call: () => undefined }))
    isGone(JSON.stringify(await useHttp(old.url, { headers }).send(request())))
  })

  test('A-105 a secret of a process, in its answer and its last words → redacted', async () => {
    const upstream = useProcess(['noisy'], { env: { TOKEN: 'tokentokentoken' } })
    const outcome = await upstream.send(call('environment'))
    expect(JSON.stringify(outcome)).not.toContain('tokentoken')
    expect(JSON.stringify(upstream.status())).not.toContain('tokentoken')
  })
})

describe('addresses', () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '0177.0.0.1',
    '2130706433',
    '0x7f000001',
    '\uff11\uff12\uff17.0.0.1',
    '127\u30020.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:7f00:1]',
    '[::ffff:169.254.169.254]',
    '[::127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fe80::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[ff02::1]',
    '[100::1]',
    '[2001:db8::1]',
    'localhost',
    'localhost.',
    'LOCALHOST',
  ]

  test.each(hosts)('A-109 upstream URL https://%s/ without `network: private` → refused before connect', async host => {
    let connections = 0
    const raw = stopAfterTest(await startRaw(() => connections++))
    const upstream = useHttp(`https://${host}:${raw.port}/mcp`, { network: 'public' })
    expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_EGRESS')
    expect(connections).toBe(0)
  })

  test.each([
    '169.254.169.254',
    '[fe80::1]',
    '0.0.0.0',
    '[::]',
    '224.0.0.1',
    '[64:ff9b::a9fe:a9fe]',
    '[::ffff:a9fe:a9fe]',
  ])('A-109 upstream URL http://%s/ even with `network: private` → refused before connect', async host => {
    const upstream = useHttp(`http://${host}:1/mcp`, { network: 'private' })
    expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_EGRESS')
  })

  const answering = (...addresses: string[]): Resolve => {
    return (_, callback) =>
      callback(
        null,
        addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
  }

  test.each([
    [['127.0.0.1']],
    [['93.184.216.34', '127.0.0.1']],
    [['169.254.169.254']],
    [['::ffff:127.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['fd00::1']],
    [['not an address']],
    [[]],
  ])('A-109 a public name that resolves to %j → refused before connect', async addresses => {
    let connections = 0
    const raw = stopAfterTest(await startRaw(() => connections++))
    const url = `https://mcp.example.com:${raw.port}/mcp`
    const upstream = useHttp(url, { network: 'public' }, { resolve: answering(...addresses) })
    expect(gist(await upstream.send(request()))).toBe('refused ERR_UPSTREAM_EGRESS')
    expect(connections).toBe(0)
  })

  test('A-109 a name that changes between two lookups → each connection goes to the address that was checked', async () => {
    let lookups = 0
    const fixture = await modern((message, response) => result(message, response, {}))
    const resolve: Resolve = (_, callback) => {
      lookups++
      const address = lookups === 1 ? '127.0.0.1' : '169.254.169.254'
      callback(null, [{ address, family: 4 }])
    }
    const upstream = useHttp(`http://rebind.example:${fixture.port}/mcp`, { network: 'private' }, { resolve })
    expect((await upstream.identity()).ok).toBe(true)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(gist(await upstream.send(request()))).toBe('result')
    expect(lookups).toBe(1)
    await new Promise(resolve => setTimeout(resolve, 20))
    const second = await Promise.all([upstream.send(request()), upstream.send(request())])
    expect(second.map(gist).toSorted()).toEqual(['refused ERR_UPSTREAM_EGRESS', 'result'])
  })

  test.each<[string, Partial<HttpEntry>]>([
    ['http://mcp.example.com/', { network: 'public' }],
    ['file:///etc/passwd', {}],
    ['ftp://mcp.example.com/', {}],
    ['https://user:password@mcp.example.com/', {}],
    ['javascript:alert(1)', {}],
    ['//mcp.example.com/', {}],
    ['', {}],
  ])('A-109 upstream URL %j → refused as written', async (url, more) => {
    expect(gist(await useHttp(url, more).send(request()))).toBe('refused ERR_UPSTREAM_EGRESS')
  })

  test.each([301, 302, 303, 307, 308])(
    'A-111 redirect %i to another origin → not followed, credential not sent',
    async status => {
      const seen: unknown[] = []
      const thief = stopAfterTest(
        await startRaw((incoming, response) => {
          seen.push(incoming.headers)
          response.end()
        }),
      )
      const fixture = await modern((_, response) => void response.writeHead(status, { location: thief.url }).end())
      const upstream = useHttp(fixture.url, { headers: { authorization: 'Bearer secretsecret' } })
      const outcome = await upstream.send(request())
      expect(gist(outcome)).toMatch(/ERR_UPSTREAM_REDIRECT$/)
      expect(seen).toEqual([])
    },
  )

  test('A-111 a redirect of the very first question → the era stays undecided, nothing else is asked', async () => {
    const verbs: unknown[] = []
    const raw = stopAfterTest(
      await startRaw((incoming, response) => {
        verbs.push(incoming.method)
        response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()
      }),
    )
    const identity = await useHttp(raw.url).identity()
    expect(identity.ok === false && identity.refusal.code).toBe('ERR_UPSTREAM_REDIRECT')
    expect(verbs).toEqual(['POST'])
  })
})

describe('processes', () => {
  test('A-114 shell syntax and templates in command or arguments → one argument each, no shell, cleared environment', async () => {
    process.env['SALLYPORT_TEST_CANARY'] = 'canary'
    const hostile = ['; touch /tmp/x', '$(id)', '`id`', '$PATH', '| cat', '&& exit', '--inspect', '-e 1', '\n', '']
    const upstream = useProcess(hostile)
    const outcome = await upstream.send(call('environment'))
    expect(outcome.kind === 'result' && outcome.result['argv']).toEqual(hostile)
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })

  test('A-115 a process writes 1 GB to standard error → bounded memory, the tail is kept, others are served', async () => {
    const flood = useProcess([])
    const other = useProcess([])
    await Promise.all([flood.identity(), other.identity()])
    const before = process.memoryUsage().rss
    const flooding = flood.send(call('flood', { megabytes: 1024 }, { totalMs: 60_000, idleMs: 60_000 }))
    const ended: string[] = []
    const echoing = other.send(call('echo')).finally(() => ended.push('echo'))
    const flooded = flooding.finally(() => ended.push('flood'))
    expect(gist(await echoing)).toBe('result')
    expect(gist(await flooded)).toBe('result')
    expect(ended).toEqual(['echo', 'flood'])
    expect(flood.status().stderr?.length).toBe(limits.upstreamStderrTailBytes)
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
  }, 90_000)

  test('A-115 a process writes endless junk to standard output → taken for broken and ended', async () => {
    const upstream = useProcess([])
    const outcome = await upstream.send(call('babble', {}, { totalMs: 30_000, idleMs: 30_000 }))
    expect(outcome.kind === 'unknown' && outcome.refusal.message).toContain('keeps writing what is no message')
    expect(gist(await upstream.send(call('echo')))).toBe('result')
  })

  test('A-115 a process forks and ignores SIGTERM → the whole group is killed after the grace', async () => {
    const upstream = useProcess(['stubborn'])
    const forked = await upstream.send(call('fork'))
    const pid = Number(forked.kind === 'result' && forked.result['pid'])
    const self = await upstream.send(call('environment'))
    expect(gist(self)).toBe('result')
    expect(isAlive(pid)).toBe(true)
    await upstream.stop()
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  test('A-115 a process dies and leaves children behind → they are killed with it', async () => {
    const upstream = useProcess([])
    const forked = await upstream.send(call('fork'))
    const pid = Number(forked.kind === 'result' && forked.result['pid'])
    expect(gist(await upstream.send(call('die')))).toBe('unknown ERR_UPSTREAM_LOST')
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})
