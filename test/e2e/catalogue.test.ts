/**
 * The pages as a gateway serves them, in a real browser: search, copying, both colour schemes, two widths, nothing that
 * moves, nothing on the console. And over plain HTTP: off unless switched on, headers, tags, what is refused.
 */
import { request } from 'node:http'
import chromium from '@sparticuz/chromium'
import { type Browser, type Page, chromium as playwright } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalGateway, startGateway } from '../fixtures/gateway.ts'

let gateway: LocalGateway
let browser: Browser

beforeAll(async () => {
  gateway = await startGateway({ servers: {}, settings: { http: { catalogue: true } } })
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--headless=shell'],
  })
  // the first page waits until every tool is rated
  await get('/catalogue/')
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await gateway?.stop()
})

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** One request with its path exactly as written. */
function get(
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly base?: string } = {},
): Promise<Got> {
  const url = new URL(options.base ?? gateway.url)
  return new Promise((done, failed) => {
    const sent = request(
      { host: url.hostname, port: url.port, path, method: options.method ?? 'GET', headers: options.headers ?? {} },
      response => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
        )
      },
    )
    sent.on('error', failed)
    sent.end()
  })
}

describe('over HTTP', () => {
  test('off unless switched on', async () => {
    const other = await startGateway({ servers: {} })
    try {
      expect((await get('/catalogue/', { base: other.url })).status).toBe(404)
    } finally {
      await other.stop()
    }
  })

  test.each([
    ['/catalogue/', 'text/html; charset=utf-8'],
    ['/catalogue/index.json', 'application/json; charset=utf-8'],
    ['/catalogue/style.css', 'text/css; charset=utf-8'],
    ['/catalogue/site.js', 'text/javascript; charset=utf-8'],
    ['/catalogue/sitemap.xml', 'application/xml; charset=utf-8'],
    ['/catalogue/llms.txt', 'text/plain; charset=utf-8'],
    ['/catalogue/servers/filesystem/write_file/', 'text/html; charset=utf-8'],
  ])('%s is %s, without a credential, under a strict content policy', async (path, type) => {
    const { status, headers, body } = await get(path)
    expect([status, headers['content-type']]).toEqual([200, type])
    expect(headers['content-security-policy']).toContain(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:",
    )
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(Buffer.byteLength(body)).toBe(Number(headers['content-length']))
  })

  test('a tag that is known again is answered 304, for GET and HEAD; HEAD has no body', async () => {
    const first = await get('/catalogue/method/')
    const etag = String(first.headers['etag'])
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*'])
      expect((await get('/catalogue/method/', { headers: { 'if-none-match': known } })).status).toBe(304)
    expect((await get('/catalogue/method/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    const head = await get('/catalogue/method/', { method: 'HEAD' })
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', first.headers['content-length']])
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is refused', async method => {
    const { status, headers } = await get('/catalogue/', { method })
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD'])
  })

  test.each([
    '/catalogue/../mcp',
    '/catalogue/%2e%2e/%2e%2e/etc/passwd',
    '/catalogue//etc/passwd',
    '/catalogue/servers/../../../package.json',
    '/catalogue/index.html/',
    '/catalogue/nothing',
  ])('%s leads nowhere, and says so', async path => {
    const { status, body, headers } = await get(path)
    expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(body).toContain('<h1>Nothing here</h1>')
  })

  test('a folder without its slash leads to it, and only within the site', async () => {
    const { status, headers } = await get('/catalogue/servers/filesystem')
    expect([status, headers['location']]).toEqual([308, '/catalogue/servers/filesystem/'])
    expect((await get('/catalogue')).headers['location']).toBe('/catalogue/')
    expect((await get('/catalogue//evil.example')).status).toBe(404)
  })

  test('a page for another host is refused, as everything else is', async () => {
    expect((await get('/catalogue/', { headers: { host: 'evil.example' } })).status).toBe(421)
  })
})

/** Runs in the page, before anything of it: what moves without a person having done something, and what is refused. */
const watching = `
  globalThis.seen = { shift: 0, violations: [] }
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
  addEventListener('securitypolicyviolation', event => seen.violations.push(event.violatedDirective + ' ' + event.blockedURI))
`

/** A page, with everything that went wrong on it: console, faults, refused loads, movement. */
async function open(
  path: string,
  view: { readonly width: number; readonly scheme: 'light' | 'dark' },
): Promise<{ page: Page; wrong: string[] }> {
  const context = await browser.newContext({ viewport: { width: view.width, height: 900 }, colorScheme: view.scheme })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gateway.url })
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('console', message => {
    if (message.type() !== 'log') wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => wrong.push(`fault: ${error.message}`))
  page.on('requestfailed', sent => wrong.push(`not loaded: ${sent.url()}`))
  page.on('response', response => {
    if (response.status() >= 400 && !path.includes('nothing')) wrong.push(`${response.status()}: ${response.url()}`)
  })
  await page.addInitScript({ content: watching })
  await page.goto(`${gateway.url}${path}`, { waitUntil: 'load' })
  return { page, wrong }
}

interface Seen {
  readonly shift: number
  readonly violations: readonly string[]
}

const seenOn = (page: Page): Promise<Seen> => page.evaluate<Seen>('seen')

const views = [360, 1440].flatMap(width => (['light', 'dark'] as const).map(scheme => ({ width, scheme })))
const paths = [
  '/catalogue/',
  '/catalogue/servers/filesystem/',
  '/catalogue/servers/github-archived/push_files/',
  '/catalogue/servers/executor/connections.createhandoff/',
  '/catalogue/servers/ai-design-blueprint/handoffs.operator/',
  '/catalogue/attacks/',
  '/catalogue/attacks/tool-poisoning/',
  '/catalogue/risk/critical/',
  '/catalogue/drift/',
  '/catalogue/method/',
  '/catalogue/nothing/at/all',
]

describe.each(views)('in a browser, $width wide, $scheme', view => {
  test.each(paths)('%s: nothing moves, nothing is refused, nothing is wider than the window', async path => {
    const { page, wrong } = await open(path, view)
    await page.mouse.wheel(0, 4_000)
    await page.waitForTimeout(80)
    const { shift, violations } = await seenOn(page)
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    const known = path.includes('nothing') ? wrong.filter(each => !each.includes('404')) : wrong
    expect([shift, violations, known, width <= view.width]).toEqual([0, [], [], true])
    await page.context().close()
  })

  test('search finds servers and tools, filters narrow, and an address brings the search back', async () => {
    const { page, wrong } = await open('/catalogue/', view)
    const rows = () => page.locator('#server-list > li:visible').count()
    const all = await rows()
    await page.fill('#q', 'write_file')
    await page.waitForSelector('#tool-list li')
    expect(await page.locator('#tool-list a').first().getAttribute('href')).toContain('write_file')
    await page.fill('#q', 'filesystem')
    expect(await rows()).toBeGreaterThan(0)
    expect(await rows()).toBeLessThan(all)
    expect(await page.locator('#found').textContent()).toMatch(/^\d+ servers?, \d+ tools?/)
    await page.fill('#q', '')
    await page.selectOption('#can', 'Financial')
    const paying = await rows()
    expect([paying > 0, paying < all]).toEqual([true, true])
    await page.selectOption('#can', '')
    await page.selectOption('#grade', 'DF')
    expect(await page.locator('#server-list > li:visible .grade').allTextContents()).not.toContain('Grade A')
    await page.selectOption('#grade', '')
    await page.selectOption('#flag', 'secret_output')
    expect(await page.locator('#tool-list li').count()).toBeGreaterThan(0)
    expect(page.url()).toContain('flag=secret_output')
    const { violations } = await seenOn(page)
    expect([violations, wrong]).toEqual([[], []])
    await page.reload()
    await page.waitForSelector('#tool-list li')
    expect(await page.inputValue('#flag')).toBe('secret_output')
    await page.locator('#tool-list a').first().click()
    expect(await page.locator('h1').count()).toBe(1)
    await page.context().close()
  })

  test('the button copies what stands under it', async () => {
    const { page, wrong } = await open('/catalogue/servers/filesystem/write_file/', view)
    const figure = page.locator('#policy ~ figure').first()
    await figure.locator('button').click()
    await figure.locator('button.done').waitFor()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(copied).toBe(await figure.locator('code').textContent())
    expect(copied).toContain('write_file:')
    const { shift, violations } = await seenOn(page)
    expect([shift, violations, wrong]).toEqual([0, [], []])
    await page.context().close()
  })
})

describe('lists, keys, addresses', () => {
  const view = { width: 1280, scheme: 'light' } as const

  test('the tools of a server are filtered by words, category and flag, and the address keeps it', async () => {
    const { page, wrong } = await open('/catalogue/servers/gitlab/?kind=Destructive&q=note', view)
    const shown = () => page.locator('#tools ~ ul.tools > li:visible')
    const badges = await shown().locator('.badge').allTextContents()
    expect(badges.length).toBeGreaterThan(2)
    expect(new Set(badges)).toEqual(new Set(['Destructive']))
    expect(await page.locator('#found').textContent()).toBe(`${badges.length} of 118 tools`)
    await page.fill('#q', 'no tool has this')
    expect(await page.locator('#nothing').isVisible()).toBe(true)
    await page.locator('#nothing button').click()
    expect([await shown().count(), await page.locator('#nothing').isVisible()]).toEqual([118, false])
    expect(new URL(page.url()).search).toBe('')
    await page.selectOption('#flag', 'bulk')
    expect(new URL(page.url()).search).toBe('?flag=bulk')
    await page.reload()
    expect(await page.inputValue('#flag')).toBe('bulk')
    expect(await shown().count()).toBeLessThan(20)
    expect(wrong).toEqual([])
    await page.context().close()
  })

  test('a level is filtered by name of tool or server; groups without any left are gone', async () => {
    const { page, wrong } = await open('/catalogue/risk/low/?q=gitlab+branch', view)
    expect(await page.locator('.groups section:visible').count()).toBeLessThan(4)
    const names = await page.locator('.groups li:visible').allTextContents()
    expect(names.length).toBeGreaterThan(0)
    expect(names.filter(name => !name.includes('branch'))).toEqual([])
    expect(wrong).toEqual([])
    await page.context().close()
  })

  test('steps are filtered by what they changed and by the names of tools', async () => {
    const { page, wrong } = await open('/catalogue/drift/?what=riskier', view)
    const rows = page.locator('[data-list] > li:visible')
    const riskier = await rows.count()
    expect(riskier).toBeGreaterThan(0)
    expect(await rows.locator('.worse').count()).toBe(riskier)
    await page.selectOption('#what', 'same')
    expect(await rows.locator('.tally').first().textContent()).toBe('nothing changed')
    await page.selectOption('#what', '')
    await page.fill('#q', 'browser_find')
    expect(await rows.locator('h3 a:first-child').allTextContents()).toContain('Playwright')
    await rows.locator('a.versions').first().click()
    expect(page.url()).toMatch(/servers\/playwright\/#to-[\w-]+$/)
    expect([wrong, await page.locator(':target').count()]).toEqual([[], 1])
    await page.context().close()
  })

  test('a choice that there is not is no filter; an order is kept in the address', async () => {
    const { page } = await open('/catalogue/?flag=nothing&sort=points', view)
    expect(await page.inputValue('#flag')).toBe('')
    const grades = await page.locator('#server-list > li .grade').allTextContents()
    expect(grades[0]).toBe('Grade F')
    expect(grades.at(-1)).toBe('Grade A')
    expect(new URL(page.url()).search).toBe('?sort=points')
    await page.selectOption('#sort', '')
    expect(await page.locator('#server-list > li').first().textContent()).toContain('AI Design Blueprint')
    await page.context().close()
  })

  test('the best name comes first; keys: / searches, arrows go through what is found, Escape clears, Enter opens', async () => {
    const { page, wrong } = await open('/catalogue/', view)
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('q')
    await page.keyboard.type('delete file')
    await page.waitForSelector('#tool-list li')
    const [first = ''] = await page.locator('#tool-list a').allTextContents()
    expect(first).toMatch(/delete.*file/i)
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate('document.activeElement.textContent')).toBe(first)
    await page.keyboard.press('ArrowUp')
    expect(await page.evaluate('document.activeElement.id')).toBe('q')
    await page.keyboard.press('Escape')
    expect([await page.inputValue('#q'), new URL(page.url()).search]).toEqual(['', ''])
    await page.keyboard.type('write_file')
    await page.waitForSelector('#tool-list li')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/write_file\/$/)
    expect(wrong).toEqual([])
    await page.context().close()
  })

  test.each(['/catalogue/method/', '/catalogue/risk/', '/catalogue/servers/gitlab/'])(
    '%s on a narrow screen: no table squeezes its first column until words break',
    async path => {
      const { page } = await open(path, { width: 360, scheme: 'light' })
      const cells = page.locator('table.plain tbody tr > :first-child:visible')
      const widths = await cells.evaluateAll(found => found.map(each => each.getBoundingClientRect().width))
      expect(widths.length).toBeGreaterThan(3)
      expect(widths.filter(width => width < 100)).toEqual([])
      await page.context().close()
    },
  )

  test('an address that leads nowhere offers a search for what it names', async () => {
    const { page } = await open('/catalogue/servers/nothing/delete_file', view)
    await page.locator('#missed a').click()
    await page.waitForSelector('#tool-list li')
    expect(await page.inputValue('#q')).toBe('delete_file')
    await page.context().close()
  })

  test('a day is said as how long ago it was, itself on hover', async () => {
    const { page } = await open('/catalogue/servers/memory/', view)
    const times = page.locator('time.ago')
    expect(await times.count()).toBeGreaterThanOrEqual(2)
    for (const each of await times.all()) {
      expect(await each.getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d$/)
      expect(await each.textContent()).toMatch(/ago$|^(?:today|yesterday|last (?:week|month|year))$/)
    }
    await page.context().close()
  })
})

test('without a script every server is there, and what needs one is not', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${gateway.url}/catalogue/`)
  expect(await page.locator('#server-list > li').count()).toBeGreaterThanOrEqual(60)
  expect(await page.locator('#find').isVisible()).toBe(false)
  await page.goto(`${gateway.url}/catalogue/servers/memory/`)
  expect(await page.locator('button.copy:visible').count()).toBe(0)
  // no button: one click on the code takes all of it
  const policy = page.locator('details[open] figure code').first()
  await policy.click()
  expect((await page.evaluate<string>('String(getSelection())')).trim()).toBe((await policy.textContent())?.trim())
  expect(await page.locator('time.ago').first().textContent()).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(await page.locator('#policies').isVisible()).toBe(true)
  await context.close()
})
