import { expect, test } from 'vitest'
import { Fault } from '../errors.ts'
import { type SseEvent, SseReader, sseComment, sseFrame } from './sse.ts'

const utf8 = new TextEncoder()

function read(text: string, eventBytesMax = 1000): SseEvent[] {
  const reader = new SseReader({ eventBytesMax })
  return [...reader.push(utf8.encode(text)), ...reader.end()]
}

test('fields make an event, the blank line sends it', () => {
  expect(read('event: note\nid: 7\nretry: 250\ndata: a\ndata: b\n\ndata: c\n\n')).toEqual([
    { event: 'note', data: 'a\nb', id: '7', retry: 250 },
    { event: 'message', data: 'c' },
  ])
})

test('every line end counts once, mixed too', () => {
  const two = [
    { event: 'message', data: 'a' },
    { event: 'message', data: 'b' },
  ]
  for (const end of ['\n', '\r', '\r\n']) expect(read(`data: a${end}${end}data: b${end}${end}`)).toEqual(two)
  for (const end of ['\n', '\r', '\r\n']) {
    expect(read(`data: a${end}data: b${end}${end}`)).toEqual([{ event: 'message', data: 'a\nb' }])
  }
  expect(read('data: a\r\n\ndata: b\n\r\n')).toEqual(two)
  expect(read('data: a\r\r\ndata: b\r\n\r')).toEqual(two)
})

test('one space after the colon belongs to the syntax, the rest to the value', () => {
  expect(read('data:a\ndata:  b\ndata: c: d \ndata\n\n')).toEqual([{ event: 'message', data: 'a\n b\nc: d \n' }])
})

test('a priming event has data, though empty; a block without data is no event but keeps id and retry', () => {
  expect(read('id: 1\ndata:\n\n')).toEqual([{ event: 'message', data: '', id: '1' }])
  const reader = new SseReader({ eventBytesMax: 100 })
  expect(reader.push(utf8.encode('id: 5\nretry: 500\nevent: x\n\ndata: y\n\n'))).toEqual([
    { event: 'message', data: 'y' },
  ])
  expect([reader.lastEventId, reader.retryMs]).toEqual(['5', 500])
})

test('comments, unknown fields, ids with U+0000 and retries that are no digits are ignored', () => {
  expect(read(`${sseComment}:\n: x: y\nfoo: 1\nid: a\0b\nretry: 1s\nretry: -1\nretry:\ndata: z\n\n`)).toEqual([
    { event: 'message', data: 'z' },
  ])
})

test('one byte order mark at the start is dropped, no other', () => {
  expect(read('\ufeffdata: a\n\n\ufeffdata: b\n\ndata: \ufeffc\n\n')).toEqual([
    { event: 'message', data: 'a' },
    { event: 'message', data: '\ufeffc' },
  ])
  expect(read('\n\ufeffdata: b\n\n')).toEqual([])
})

test('an event that the stream does not finish is discarded', () => {
  expect(read('data: a\n\ndata: cut')).toEqual([{ event: 'message', data: 'a' }])
  expect(read('data: cut\n')).toEqual([])
})

test('invalid UTF-8 becomes U+FFFD, as the standard says', () => {
  const reader = new SseReader({ eventBytesMax: 100 })
  expect(reader.push(Uint8Array.of(...utf8.encode('data: '), 0xff, 10, 10))).toEqual([
    { event: 'message', data: '\ufffd' },
  ])
})

test('the bound is exact, holds for lines and for whole events, and not for the stream', () => {
  const line = `data: ${'x'.repeat(14)}`
  expect(read(`${line}\n\n`.repeat(50), 20)).toHaveLength(50)
  expect(read(': ping\n'.repeat(50), 20)).toEqual([])
  expect(() => read(`${line}x\n\n`, 20)).toThrow(Fault)
  expect(() => read('data: 123\ndata: 123\ndata: 12\n', 20)).toThrow(Fault)
  expect(() => read(`:${'x'.repeat(20)}`, 20)).toThrow(Fault)
  const reader = new SseReader({ eventBytesMax: 20 })
  expect(() => {
    for (let i = 0; i < 21; i++) reader.push(utf8.encode('x'))
  }).toThrow(/larger than 20 bytes/)
})

test('megabytes in single bytes cost their bytes', () => {
  const reader = new SseReader({ eventBytesMax: 2 ** 21 })
  const letter = utf8.encode('x')
  reader.push(utf8.encode('data:'))
  for (let i = 0; i < 2 ** 20; i++) reader.push(letter)
  expect(reader.push(utf8.encode('\n\n'))[0]?.data).toHaveLength(2 ** 20)
})

test('a frame is read back as it was written; no field can be forged', () => {
  expect(sseFrame('{"a":1}')).toBe('data: {"a":1}\n\n')
  const frame = sseFrame('a\nevent: evil\r\n\r\nb\rc', { event: 'note', id: '7', retry: 5 })
  expect(read(frame)).toEqual([{ event: 'note', data: 'a\nevent: evil\n\nb\nc', id: '7', retry: 5 }])
  expect(read(sseFrame(''))).toEqual([{ event: 'message', data: '' }])
  for (const forged of ['a\ndata: x', 'a\r', 'a\0']) {
    expect(() => sseFrame('', { id: forged })).toThrow(Fault)
    expect(() => sseFrame('', { event: forged })).toThrow(Fault)
  }
})
