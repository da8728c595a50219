/** Splits a text into pieces so that the words that decided can be marked. */
import type { Evidence } from '@/api/types'

export interface Piece {
  text: string
  /** Index into the evidence, or -1. */
  evidence: number
}

/** The words of one line of evidence: as they stand in the text, else its parts that do. */
export function wordsOf(evidence: Evidence, text?: string): string[] {
  const raw = String(evidence.words ?? '')
  if (raw === '') return []
  if (text === undefined || text.includes(raw)) return [raw]
  return raw.split(/[\s、,，;；…+]+/).filter((w) => w.length > 1)
}

export function pieces(text: string, evidence: readonly Evidence[]): Piece[] {
  const owner = new Int32Array(text.length).fill(-1)
  evidence.forEach((item, index) => {
    for (const word of wordsOf(item, text)) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        for (let i = at; i < at + word.length; i += 1) if (owner[i] === -1) owner[i] = index
      }
    }
  })
  const out: Piece[] = []
  for (let i = 0; i < text.length; i += 1) {
    const last = out.at(-1)
    const mine = owner[i] ?? -1
    if (last && last.evidence === mine) last.text += text[i]
    else out.push({ text: text[i] ?? '', evidence: mine })
  }
  return out
}
