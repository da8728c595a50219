import { createPinia, setActivePinia } from 'pinia'
import { createApp, h, nextTick } from 'vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { BulletinView, Role } from '@/api/types'
import { i18n } from '@/i18n'
import { useBulletins } from '@/stores/bulletins'
import { useFeed } from '@/stores/feed'
import { useSession } from '@/stores/session'
import { T0 } from '@/testing/samples'
import BulletinList from './BulletinList.vue'

const bulletin = (over: Partial<BulletinView> = {}): BulletinView => ({
  id: 'b1', kind: 'outage', category: 'E1.WATER', district: '', text: '测试路爆管', since: T0, until: T0 + 1, by: 'leader', entered_at: T0, ...over,
})
let root: HTMLElement
const find = (id: string): HTMLElement | null => root.querySelector(`[data-testid="${id}"]`)
function mount(role: Role, editing: boolean): void {
  const pinia = createPinia()
  setActivePinia(pinia)
  useSession().user = { user: 'x', name: '测试甲', role, seat: '' }
  root = document.createElement('div')
  createApp({ render: () => h(BulletinList, { editing }) }).use(pinia).use(i18n).mount(root)
}
beforeEach(() => vi.restoreAllMocks())

describe('bulletins', () => {
  it('are shown to an agent when there are any, without the form', async () => {
    mount('agent', false)
    expect(find('bulletins')).toBeNull()
    useBulletins().apply([['b1', bulletin()], ['b2', bulletin({ id: 'b2', until: T0 - 1, text: '早结束的' })]])
    await nextTick()
    expect(find('bulletins')?.textContent).toContain('测试路爆管')
    expect(find('bulletins')?.textContent).toContain('全市')
    expect(useBulletins().all[0]?.id).toBe('b2')
    expect(find('bulletin-new')).toBeNull()
    expect(find('bulletin-end')).toBeNull()
  })
  it('are entered and ended by the shift leader', async () => {
    mount('supervisor', true)
    const command = vi.spyOn(useFeed(), 'command').mockResolvedValue({})
    find('bulletin-new')?.click()
    await nextTick()
    const text = find('bulletin-text') as HTMLInputElement
    text.value = '测试路爆管'
    text.dispatchEvent(new Event('input'))
    find('bulletin-form')?.dispatchEvent(new Event('submit'))
    await vi.waitFor(() => expect(command).toHaveBeenCalled())
    expect(command.mock.calls[0]).toMatchObject(['bulletin_add', { kind: 'outage', text: '测试路爆管', district: '' }])
    useBulletins().apply([['b1', bulletin()]])
    await nextTick()
    find('bulletin-end')?.click()
    await vi.waitFor(() => expect(command).toHaveBeenLastCalledWith('bulletin_end', { bulletin: 'b1' }))
  })
})
