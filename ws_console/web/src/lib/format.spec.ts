import { describe, expect, it } from 'vitest'

import { phone, stampOf, timeOf } from './format'

describe('format', () => {
  it('shows Beijing time with seconds', () => {
    expect(timeOf(Date.UTC(2026, 10, 22, 16, 0, 5))).toBe('00:00:05')
    expect(stampOf(Date.UTC(2026, 10, 22, 16, 0, 5))).toBe('2026-11-23 00:00:05')
    expect(timeOf(null)).toBe('–')
  })
  it('groups telephone numbers, and leaves others alone', () => {
    expect(phone('19900001234')).toBe('199 0000 1234')
    expect(phone('05635550101')).toBe('0563 5550101')
    expect(phone('12345')).toBe('12345')
    expect(phone('***1234')).toBe('***1234')
  })
})
