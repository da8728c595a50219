import { createPinia, setActivePinia } from 'pinia'
import { createApp, h, nextTick } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'

import { i18n } from '@/i18n'
import { useDirectory } from '@/stores/directory'
import { unit } from '@/testing/samples'
import UnitChooser from './UnitChooser.vue'

let root: HTMLElement
let chosen: string[]
let cancelled: number
const input = (): HTMLInputElement => root.querySelector('[data-testid="unit-input"]')!
const marked = (): string => root.querySelector('[aria-selected="true"]')?.id ?? ''

async function type(text: string): Promise<void> {
  input().value = text
  input().dispatchEvent(new Event('input'))
  await nextTick()
}
async function press(key: string): Promise<void> {
  input().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  await nextTick()
}

beforeEach(() => {
  const pinia = createPinia()
  setActivePinia(pinia)
  chosen = []
  cancelled = 0
  root = document.createElement('div')
  const app = createApp({
    render: () => h(UnitChooser, { exclude: ['gone'], onChoose: (id: string) => chosen.push(id), onCancel: () => (cancelled += 1) }),
  })
  app.use(pinia).use(i18n)
  const units = [unit('gas_xc', '宣城燃气公司', 'xcrqgs'), unit('gas_gd', '广德燃气公司', 'gdrqgs'), unit('gone', '燃气公司', 'rqgs')]
  useDirectory().data = { ...useDirectory().data, units }
  app.mount(root)
})

describe('unit chooser', () => {
  it('chooses by initials, arrow keys and Enter', async () => {
    await type('rqgs')
    expect(marked()).toBe('unit-option-gas_gd')
    await press('ArrowDown')
    expect(marked()).toBe('unit-option-gas_xc')
    await press('Enter')
    expect(chosen).toEqual(['gas_xc'])
  })
  it('goes round, and starts at the top for every new text', async () => {
    await press('ArrowUp')
    expect(marked()).toBe('unit-option-gas_xc')
    await type('gd')
    expect(marked()).toBe('unit-option-gas_gd')
  })
  it('leaves out units that have the case, and gives up with Escape', async () => {
    await type('rqgs')
    expect(root.querySelectorAll('[role="option"]')).toHaveLength(2)
    await press('Escape')
    expect(cancelled).toBe(1)
  })
  it('says what to do when nothing fits', async () => {
    await type('zzzz')
    expect(root.textContent).toContain('没有匹配的单位')
    await press('Enter')
    expect(chosen).toEqual([])
  })
})
