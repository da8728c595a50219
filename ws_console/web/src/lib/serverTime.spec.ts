import { describe, expect, it } from 'vitest'

import { ServerTime } from './serverTime'

describe('ServerTime', () => {
  it('takes the least delayed of the recent samples', () => {
    let local = 1_000
    const time = new ServerTime(() => local)
    time.heard(local + 5_000 - 40)
    local += 5_000
    time.heard(local + 5_000 - 2)
    local += 5_000
    time.heard(local + 5_000 - 80)
    expect(time.offset).toBe(4_998)
    expect(time.now()).toBe(local + 4_998)
  })
  it('starts anew when this machine\'s clock is set', () => {
    let local = 0
    const time = new ServerTime(() => local)
    time.heard(100)
    local = 3_600_000
    time.heard(5_100)
    expect(time.now()).toBe(5_100)
  })
  it('ignores what is no time', () => {
    const time = new ServerTime(() => 0)
    time.heard(Number.NaN)
    expect(time.offset).toBe(0)
  })
})
