import { createPinia, setActivePinia } from 'pinia'
import { createApp, h, nextTick, reactive } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'

import { i18n } from '@/i18n'
import { emptyDraft, type Draft } from '@/lib/intake'
import { useDirectory } from '@/stores/directory'
import { reading, unit } from '@/testing/samples'
import ClassPanel from './ClassPanel.vue'

let draft: Draft
let root: HTMLElement
const find = (id: string): HTMLElement | null => root.querySelector(`[data-testid="${id}"]`)

beforeEach(() => {
  const pinia = createPinia()
  setActivePinia(pinia)
  draft = reactive(emptyDraft('call'))
  root = document.createElement('div')
  const app = createApp({ render: () => h(ClassPanel, { modelValue: draft, choosing: false, errors: {} }) })
  app.use(pinia).use(i18n)
  useDirectory().data = {
    version: '1',
    units: [unit('gas_xc', '测试燃气公司', 'csrqgs')],
    categories: [
      { code: 'E2.GAS', name: '燃气泄漏', class: 'EMERGENCY_MAJOR' },
      { code: 'E1.GASSUP', name: '停气', class: 'EMERGENCY_GENERAL' },
    ],
    districts: [{ id: 'xuanzhou', name: '宣州区' }],
    advice: {},
    links: {},
  }
  app.mount(root)
})

describe('classification panel', () => {
  it('shows class, category, district, unit and the reason with its words and clause', async () => {
    draft.reading = reading()
    await nextTick()
    expect(find('class-panel')?.dataset).toMatchObject({ class: 'EMERGENCY_MAJOR', category: 'E2.GAS', district: 'xuanzhou', unit: 'gas_xc' })
    expect(find('class-EMERGENCY_MAJOR')?.getAttribute('aria-checked')).toBe('true')
    expect(find('unit-name')?.textContent).toBe('测试燃气公司')
    expect(find('evidence')?.textContent).toContain('臭鸡蛋味')
    expect(find('evidence')?.textContent).toContain('R2.1e')
    expect(find('advice')?.textContent).toContain('到室外等候')
  })
  it('shows doubt as doubt, in words and with another sign', async () => {
    draft.reading = reading({ doubt: true, probability: 0.5 })
    await nextTick()
    expect(find('doubt')?.textContent).toContain('存疑')
    expect(find('class-EMERGENCY_MAJOR')?.textContent).toContain('?')
    expect(find('probability')?.textContent).toContain('50%')
  })
  it('raises at once and asks before it lowers', async () => {
    draft.reading = reading({ class: 'EMERGENCY_GENERAL', category: 'E1.GASSUP', hazards: [], facts: [] })
    await nextTick()
    find('class-ORDINARY')?.click()
    await nextTick()
    expect(find('lower-ask')).not.toBeNull()
    expect(find('class-panel')?.dataset.class).toBe('EMERGENCY_GENERAL')
    find('lower-yes')?.click()
    await nextTick()
    expect(find('class-panel')?.dataset.class).toBe('ORDINARY')
    find('class-EMERGENCY_MAJOR')?.click()
    await nextTick()
    expect(find('class-panel')?.dataset.class).toBe('EMERGENCY_MAJOR')
    expect(find('lower-ask')).toBeNull()
  })
  it('refuses to lower while a fact stands, and says what to do', async () => {
    draft.reading = reading()
    await nextTick()
    find('class-CONSULT')?.click()
    await nextTick()
    expect(find('lower-refused')?.textContent).toContain('先更正事实')
    expect(find('class-panel')?.dataset.class).toBe('EMERGENCY_MAJOR')
  })
})
