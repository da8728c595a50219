import { beforeEach, describe, expect, it } from 'vitest'

import { FakeTimers } from '@/testing/fakes'
import { frame } from '@/testing/samples'
import { FrameBatch } from './batch'
import type { Frame } from './types'

let painted: (() => void)[]
let timers: FakeTimers
let applied: Frame[][]
let batch: FrameBatch

beforeEach(() => {
  painted = []
  timers = new FakeTimers()
  applied = []
  batch = new FrameBatch((frames) => applied.push(frames), {
    request: (fn) => painted.push(fn),
    cancel: () => undefined,
    setTimer: timers.set,
    clearTimer: timers.clear,
  })
})

describe('FrameBatch', () => {
  it('applies once per painted picture, the newest of each thing', () => {
    for (let i = 1; i <= 300; i += 1) batch.add(frame('case', i, i - 1, `c${i % 3}`, { n: i }))
    expect(painted).toHaveLength(1)
    painted[0]!()
    expect(applied).toHaveLength(1)
    expect(applied[0]!.map((f) => (f.data as { n: number }).n).sort()).toEqual([298, 299, 300])
  })
  it('holds no more than one frame per thing while nothing is painted', () => {
    for (let i = 0; i < 10_000; i += 1) batch.add(frame('case', i, 0, `c${i % 20}`))
    for (let i = 0; i < 10_000; i += 1) batch.add(frame('notice', 0, 0, `n${i}`))
    expect(batch.size).toBe(20 + 50)
  })
  it('applies by timer in a hidden tab, and not twice', () => {
    batch.add(frame('call', 0, 0))
    timers.pass(250)
    painted[0]!()
    expect(applied).toHaveLength(1)
    expect(timers.pending).toBe(0)
  })
  it('forgets what a snapshot has replaced', () => {
    batch.add(frame('case', 1, 0))
    batch.add(frame('call', 0, 0))
    batch.drop((f) => f.kind === 'call')
    painted[0]!()
    expect(applied[0]!.map((f) => f.kind)).toEqual(['case'])
  })
  it('keeps every message', () => {
    batch.add(frame('notice', 0, 0, 'n', { text: 'a' }))
    batch.add(frame('notice', 0, 0, 'n', { text: 'b' }))
    painted[0]!()
    expect(applied[0]).toHaveLength(2)
  })
})
