import { describe, expect, it } from 'vitest'

import { pieces, wordsOf } from './highlight'

const evidence = (words: string) => ({ words, rule: '', clause: '', effect: '' })

describe('pieces', () => {
  it('marks every occurrence and keeps the text whole', () => {
    const found = pieces('煤气味,还是煤气味', [evidence('煤气味')])
    expect(found).toEqual([
      { text: '煤气味', evidence: 0 },
      { text: ',还是', evidence: -1 },
      { text: '煤气味', evidence: 0 },
    ])
  })
  it('gives a place to the first line that claims it', () => {
    const found = pieces('没有煤气味', [evidence('没有…煤气'), evidence('煤气味')])
    expect(found.map((p) => p.evidence)).toEqual([0, 1])
    expect(found.map((p) => p.text).join('')).toBe('没有煤气味')
  })
  it('takes markup for text', () => {
    expect(pieces('<b>煤气', [evidence('煤气')]).map((p) => p.text)).toEqual(['<b>', '煤气'])
  })
  it('survives odd evidence', () => {
    expect(wordsOf({ words: undefined } as never)).toEqual([])
    expect(pieces('', [evidence('x')])).toEqual([])
  })
})
