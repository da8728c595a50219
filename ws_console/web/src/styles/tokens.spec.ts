import { describe, expect, it } from 'vitest'

import css from './tokens.css?raw'

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const part = (i: number): number => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}
function contrast(a: string, b: string): number {
  const [x = 0, y = 0] = [luminance(a), luminance(b)].sort((p, q) => q - p)
  return (x + 0.05) / (y + 0.05)
}
function tokens(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]))
}
const [light = '', dark = ''] = css.split('html.dark {')
const THEMES = { light: tokens(light), dark: { ...tokens(light), ...tokens(dark) } }
const STATES = ['ok', 'run', 'warn', 'over', 'ceil', 'held', 'calm']
const PAIRS: [string, string][] = [
  ...['ink', 'ink-soft', 'ink-faint', 'accent', ...STATES].flatMap((fore): [string, string][] => [
    [fore, 'surface'],
    [fore, 'raised'],
  ]),
  ...STATES.flatMap((s): [string, string][] => [
    [s, `${s}-soft`],
    ['ink', `${s}-soft`],
    ['on-state', s],
  ]),
  ['ink-soft', 'ground'],
  ['ink-soft', 'over-soft'],
  ['on-accent', 'accent'],
  ['ink', 'accent-soft'],
]

describe.each(Object.entries(THEMES))('%s theme', (_, theme) => {
  it.each(PAIRS)('%s on %s is readable', (fore, back) => {
    expect(contrast(theme[fore] ?? '', theme[back] ?? '')).toBeGreaterThanOrEqual(4.5)
  })
})
