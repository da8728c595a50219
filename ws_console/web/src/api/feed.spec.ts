import { beforeEach, describe, expect, it } from 'vitest'

import { FakeSocket, FakeTimers } from '@/testing/fakes'
import { frame } from '@/testing/samples'
import { FeedClient, type LinkState } from './feed'
import type { Frame } from './types'

const HELLO = { kind: 'hello', seq: 0, prev: 0, key: '', data: { server_now: 1, session: { user: 'agent1' } } }
const snapshot = (seq: number, frames: Frame[] = [], live = false) => ({ kind: 'snapshot', seq, prev: 0, live, frames })

let sockets: FakeSocket[]
let timers: FakeTimers
let states: LinkState[]
let seen: string[]
let client: FeedClient
const socket = (): FakeSocket => sockets.at(-1)!

beforeEach(() => {
  sockets = []
  timers = new FakeTimers()
  states = []
  seen = []
  client = new FeedClient(
    {
      open: (after) => {
        sockets.push(new FakeSocket(after))
        return socket()
      },
      now: () => timers.now,
      random: () => 0.5,
      setTimer: timers.set,
      clearTimer: timers.clear,
    },
    {
      state: (s) => states.push(s),
      hello: () => seen.push('hello'),
      snapshot: (frames, live) => seen.push(`${live ? 'live' : 'all'}:${frames.length}`),
      frame: (f) => seen.push(`${f.kind}${f.seq}`),
      time: (now) => seen.push(`time${now}`),
    },
  )
  client.start()
})

const greet = (seq = 5): void => socket().says(HELLO, snapshot(seq))

describe('sequence', () => {
  it('follows frames whose prev is the last seen, several of one commit included', () => {
    greet(5)
    socket().says(frame('case', 6, 5), frame('case', 6, 6, 'c2'), frame('case', 9, 6))
    expect(seen).toEqual(['hello', 'all:0', 'case6', 'case6', 'case9'])
    expect(client.lastSeq).toBe(9)
    expect(sockets).toHaveLength(1)
  })
  it('lets live-only frames pass at any time', () => {
    greet()
    socket().says(frame('call', 0, 0), frame('status', 0, 0))
    expect(seen.slice(2)).toEqual(['call0', 'status0'])
  })
  it('reconnects after the last seen when a frame is missing, and applies none after the gap', () => {
    greet(5)
    socket().says(frame('case', 6, 5), frame('case', 8, 7), frame('case', 9, 8))
    expect(seen.at(-1)).toBe('case6')
    timers.pass(400)
    expect(sockets.map((s) => s.after)).toEqual([0, 6])
    expect(sockets[0]!.closed).toBe(true)
  })
  it('asks for a whole snapshot after two gaps without progress', () => {
    greet(5)
    socket().says(frame('case', 8, 7))
    timers.pass(400)
    socket().says(HELLO, frame('case', 9, 8))
    timers.pass(400)
    expect(sockets.map((s) => s.after)).toEqual([0, 5, 0])
  })
  it('takes a replay after a live snapshot, then frames that count from the snapshot', () => {
    greet(5)
    socket().breaks()
    timers.pass(400)
    expect(socket().after).toBe(5)
    socket().says(HELLO, snapshot(12, [frame('call', 0, 0)], true))
    socket().says(frame('case', 9, 5), frame('case', 11, 9))
    socket().says(frame('case', 13, 12))
    expect(seen.slice(-4)).toEqual(['live:1', 'case9', 'case11', 'case13'])
    expect(client.lastSeq).toBe(13)
    expect(sockets).toHaveLength(2)
  })
  it('treats what is not JSON as a gap', () => {
    greet()
    socket().onmessage?.({ data: '{broken' } as MessageEvent)
    expect(states.at(-1)).toBe('retrying')
  })
})

describe('link', () => {
  it('goes connecting, live, retrying, live', () => {
    greet()
    socket().breaks()
    timers.pass(400)
    socket().says(HELLO)
    expect(states).toEqual(['connecting', 'live', 'retrying', 'live'])
  })
  it('backs off up to ten seconds, and starts anew once it was greeted', () => {
    const gaps: number[] = []
    for (let i = 0; i < 8; i += 1) {
      socket().breaks()
      const before = timers.now
      const count = sockets.length
      while (sockets.length === count) timers.pass(50)
      gaps.push(timers.now - before)
    }
    expect(gaps).toEqual([300, 700, 1500, 3000, 6000, 10000, 10000, 10000])
    socket().says(HELLO)
    socket().breaks()
    timers.pass(300)
    expect(sockets).toHaveLength(10)
  })
  it('is stale after 12 s of silence, and replaces the socket', () => {
    greet()
    timers.pass(12_000)
    expect(states.at(-1)).toBe('live')
    timers.pass(2_000)
    expect(states).toContain('stale')
    expect(sockets[0]!.closed).toBe(true)
    expect(socket().after).toBe(5)
  })
  it('stays live while the heartbeat comes', () => {
    greet()
    for (let i = 0; i < 10; i += 1) {
      timers.pass(5_000)
      socket().says({ kind: 'time', seq: 0, prev: 0, key: '', data: { server_now: timers.now } })
    }
    expect(states).toEqual(['connecting', 'live'])
    expect(seen.at(-1)).toBe('time50000')
  })
  it('stops when signed out, and leaves no timer', () => {
    greet()
    socket().breaks(4401)
    expect(states.at(-1)).toBe('signed_out')
    timers.pass(60_000)
    expect(sockets).toHaveLength(1)
    expect(timers.pending).toBe(0)
  })
  it('tries at once when nudged', () => {
    greet()
    socket().breaks()
    client.nudge()
    expect(sockets).toHaveLength(2)
  })
  it('leaves nothing behind when stopped', () => {
    greet()
    const waiting = client.send('keep', {}).catch((e: { code: string }) => e.code)
    client.stop()
    timers.pass(60_000)
    expect(sockets).toHaveLength(1)
    expect(timers.pending).toBe(0)
    return expect(waiting).resolves.toBe('OUTCOME_UNKNOWN')
  })
})

describe('commands', () => {
  it('resolves with the data of its own reply', async () => {
    greet()
    const first = client.send('keep', { case: 'c1' })
    const second = client.send('call_text', { text: 'x' })
    socket().says({ kind: 'reply', re: 2, ok: true, data: { n: 2 } }, { kind: 'reply', re: 1, ok: true, data: { n: 1 } })
    await expect(first).resolves.toEqual({ n: 1 })
    await expect(second).resolves.toEqual({ n: 2 })
    expect(socket().sent[0]).toEqual({ id: 1, cmd: 'keep', args: { case: 'c1' } })
  })
  it('rejects with the code, both languages and the field', async () => {
    greet()
    const asked = client.send('reassign', {})
    socket().says({ kind: 'reply', re: 1, ok: false, code: 'REASON_MISSING', message_zh: '请填写改派理由', message_en: 'a reason is needed', field: 'reason' })
    await expect(asked).rejects.toMatchObject({ code: 'REASON_MISSING', zh: '请填写改派理由', field: 'reason' })
  })
  it('says that the outcome is unknown when the link breaks, and never sends again', async () => {
    greet()
    const asked = client.send('open_emergency', {})
    socket().breaks()
    await expect(asked).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    timers.pass(400)
    socket().says(HELLO)
    expect(socket().sent).toEqual([])
  })
  it('gives up after ten seconds', async () => {
    greet()
    const asked = client.send('keep', {})
    timers.pass(9_000)
    socket().says({ kind: 'time', data: { server_now: 1 } })
    timers.pass(1_000)
    await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' })
  })
  it('refuses at once without a connection', async () => {
    socket().breaks()
    await expect(client.send('keep', {})).rejects.toMatchObject({ code: 'OFFLINE' })
  })
})
