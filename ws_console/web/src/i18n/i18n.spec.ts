import { describe, expect, it } from 'vitest'

import { en } from './en'
import { zh } from './zh'

/** Every text with its path and the names it takes. */
function texts(node: unknown, path = ''): [string, string[]][] {
  if (typeof node === 'string') return [[path, [...node.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort()]]
  return Object.entries(node as object).flatMap(([key, value]) => texts(value, `${path}.${key}`))
}

describe('texts', () => {
  it('take the same values in both languages', () => {
    const english = new Map(texts(en))
    for (const [path, names] of texts(zh)) {
      if (path.startsWith('.reasons')) continue
      expect([path, english.get(path)]).toEqual([path, names])
    }
  })
  it('hold no character that the message format takes for its own', () => {
    for (const messages of [zh, en]) expect(JSON.stringify(messages)).not.toMatch(/[|@]/)
  })
})
