import { describe, expect, it } from 'vitest'

import type { CaseClass } from '@/api/types'
import { reading } from '@/testing/samples'
import { askClass, casualtiesOf, categoryOf, classOf, confirmLower, declineLower, emptyDraft, FACTS, factStands, hazardsOf, lowerAsked, takeReading, whyOf, type Draft } from './intake'

const CATEGORIES = new Map<string, CaseClass>([
  ['E2.GAS', 'EMERGENCY_MAJOR'],
  ['E2.CAS', 'EMERGENCY_MAJOR'],
  ['E2.LIFT', 'EMERGENCY_MAJOR'],
  ['E1.GASSUP', 'EMERGENCY_GENERAL'],
])
const fact = (id: string) => FACTS.find((f) => f.id === id)!
const draft = (over: Partial<Draft> = {}): Draft => ({ ...emptyDraft('call'), ...over })

describe('class', () => {
  it('is the reader\'s until the agent says otherwise', () => {
    expect(classOf(draft())).toBeNull()
    expect(classOf(draft({ reading: reading({ class: 'CONSULT', hazards: [], facts: [] }) }))).toBe('CONSULT')
  })
  it('rises at once', () => {
    const d = draft({ reading: reading({ class: 'ORDINARY', category: null, hazards: [], facts: [] }) })
    expect(askClass(d, 'EMERGENCY_MAJOR')).toBe('set')
    expect(classOf(d)).toBe('EMERGENCY_MAJOR')
  })
  it('falls only when confirmed', () => {
    const d = draft({ reading: reading({ class: 'EMERGENCY_GENERAL', category: 'E1.GASSUP', hazards: [], facts: [] }) })
    expect(askClass(d, 'ORDINARY')).toBe('confirm')
    expect(classOf(d)).toBe('EMERGENCY_GENERAL')
    confirmLower(d)
    expect(classOf(d)).toBe('ORDINARY')
    expect(d.lowerTo).toBeNull()
  })
  it('does not fall while a fact stands, and does once the fact is corrected', () => {
    const d = draft({ reading: reading() })
    expect(askClass(d, 'EMERGENCY_GENERAL')).toBe('fact_stands')
    d.facts.GAS_SMELL = false
    expect(askClass(d, 'EMERGENCY_GENERAL')).toBe('confirm')
  })
  it('asks for a proposed lower class until it is declined', () => {
    const d = draft({ reading: reading({ proposed: 'ORDINARY', facts: [] }) })
    expect(lowerAsked(d)).toBe('ORDINARY')
    expect(classOf(d)).toBe('EMERGENCY_MAJOR')
    declineLower(d)
    expect(lowerAsked(d)).toBeNull()
    takeReading(d, reading({ proposed: 'EMERGENCY_GENERAL', facts: [] }))
    expect(lowerAsked(d)).toBe('EMERGENCY_GENERAL')
  })
  it('is major as soon as a fact or a casualty is set', () => {
    const d = draft({ reading: reading({ class: 'ORDINARY', category: null, hazards: [], facts: [] }) })
    d.facts.TRAPPED = true
    expect(classOf(d)).toBe('EMERGENCY_MAJOR')
    expect(categoryOf(d, CATEGORIES)).toBe('E2.LIFT')
    const hurt = draft({ casualties: 2 })
    expect(classOf(hurt)).toBe('EMERGENCY_MAJOR')
    expect(categoryOf(hurt, CATEGORIES)).toBe('E2.CAS')
  })
  it('follows the reader\'s category only where it fits the class', () => {
    const d = draft({ reading: reading({ class: 'EMERGENCY_GENERAL', category: 'E1.GASSUP', hazards: [], facts: [] }) })
    expect(categoryOf(d, CATEGORIES)).toBe('E1.GASSUP')
    d.caseClass = 'EMERGENCY_MAJOR'
    expect(categoryOf(d, CATEGORIES)).toBeNull()
    d.category = 'E2.GAS'
    expect(categoryOf(d, CATEGORIES)).toBe('E2.GAS')
  })
})

describe('facts', () => {
  it('come from the reader and are corrected with one switch', () => {
    const d = draft({ reading: reading() })
    expect(factStands(d, fact('GAS_SMELL'))).toBe(true)
    expect(hazardsOf(d)).toEqual(['燃气'])
    d.facts.GAS_SMELL = false
    d.facts.DANGER = true
    expect(hazardsOf(d)).toEqual(['其他险情'])
  })
  it('count people of every kind together', () => {
    const d = draft()
    takeReading(d, { ...reading(), casualties: { dead: 1, injured: 2, trapped: 0, ill: 0 } } as never)
    expect(casualtiesOf(d)).toBe(3)
  })
})

describe('why', () => {
  it('cites the rules\' words and what the agent changed', () => {
    const d = draft({ reading: reading(), unit: 'other' })
    d.facts.GAS_SMELL = false
    const why = whyOf(d)
    expect(why).toContain('gas-smell「臭鸡蛋味」(R2.1e)')
    expect(why).toContain('无燃气')
    expect(why).toContain('单位由坐席指定')
  })
  it('cites nothing that was discounted', () => {
    const evidence = [{ words: '煤气味', rule: 'gas-smell', clause: '', effect: 'discounted:negated', cue: '没有' }]
    expect(whyOf(draft({ reading: reading({ evidence, facts: [] }) }))).toBe('')
  })
  it('fits the server\'s limit', () => {
    const evidence = Array.from({ length: 4 }, () => ({ words: '臭'.repeat(200), rule: 'r', clause: '', effect: 'for' }))
    expect(whyOf(draft({ reading: reading({ evidence }) })).length).toBeLessThanOrEqual(300)
  })
})
