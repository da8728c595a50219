import { describe, expect, it } from 'vitest'

import { actionOf, DEFAULT_KEYS, keyName, objection, readKeyMap, RESERVED, worksWhileWriting } from './keys'

const press = (key: string, code = '', mods: Partial<KeyboardEvent> = {}) =>
  keyName({ key, code, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...mods })

describe('keys', () => {
  it('names what was pressed by its place, with the modifiers in one order', () => {
    expect(press('F2', 'F2')).toBe('F2')
    expect(press('¡', 'Digit1', { altKey: true })).toBe('Alt+1')
    expect(press('k', 'KeyK')).toBe('K')
    expect(press('F9', 'F9', { shiftKey: true })).toBe('Shift+F9')
    expect(press('Shift', 'ShiftLeft', { shiftKey: true })).toBe('')
  })
  it('has no key twice and none of the browser', () => {
    const keys = Object.values(DEFAULT_KEYS)
    expect(new Set(keys).size).toBe(keys.length)
    for (const key of keys) expect(RESERVED.has(key)).toBe(false)
  })
  it('gives the one key to accepting', () => {
    expect(actionOf(DEFAULT_KEYS, 'F2')).toBe('accept')
    expect(actionOf(DEFAULT_KEYS, 'F4')).toBe('withdraw')
    expect(actionOf(DEFAULT_KEYS, '')).toBeNull()
  })
  it('lets function keys through while somebody writes, letters not', () => {
    expect(worksWhileWriting('F2')).toBe(true)
    expect(worksWhileWriting('Shift+F9')).toBe(true)
    expect(worksWhileWriting('Alt+1')).toBe(true)
    expect(worksWhileWriting('K')).toBe(false)
    expect(worksWhileWriting('Shift+K')).toBe(false)
  })
  it('objects to keys that are taken or reserved', () => {
    expect(objection(DEFAULT_KEYS, 'accept', 'F4')).toBe('taken')
    expect(objection(DEFAULT_KEYS, 'accept', 'F5')).toBe('reserved')
    expect(objection(DEFAULT_KEYS, 'accept', 'F2')).toBe('')
    expect(objection(DEFAULT_KEYS, 'accept', 'F10')).toBe('')
  })
  it('reads a stored map and heals a damaged one', () => {
    expect(readKeyMap('{"accept":"F10"}').accept).toBe('F10')
    expect(readKeyMap('{"accept":"F4","nonsense":"X"}')).toEqual(DEFAULT_KEYS)
    expect(readKeyMap('{broken')).toEqual(DEFAULT_KEYS)
    expect(readKeyMap(null)).toEqual(DEFAULT_KEYS)
  })
})
