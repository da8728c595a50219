import { defineStore } from 'pinia'
import { ref, watch } from 'vue'

import { DEFAULT_KEYS, objection, readKeyMap, type Action, type KeyMap } from '@/lib/keys'

const stored = (key: string): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
const store = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A full or forbidden storage loses a preference, nothing else.
  }
}

/** Language, theme and keys of this machine. */
export const usePrefs = defineStore('prefs', () => {
  const locale = ref<'zh' | 'en'>(stored('hotline.locale') === 'en' ? 'en' : 'zh')
  const theme = ref<'light' | 'dark' | null>((stored('hotline.theme') as 'light' | 'dark') || null)
  const keys = ref<KeyMap>(readKeyMap(stored('hotline.keys')))

  watch(locale, (v) => store('hotline.locale', v))
  watch(theme, (v) => store('hotline.theme', v ?? ''))
  watch(keys, (v) => store('hotline.keys', JSON.stringify(v)), { deep: true })

  /** Gives an action another key, or says why not. */
  function rebind(action: Action, key: string): '' | 'reserved' | 'taken' {
    const why = objection(keys.value, action, key)
    if (why === '') keys.value[action] = key
    return why
  }
  const resetKeys = (): void => {
    keys.value = { ...DEFAULT_KEYS }
  }
  const toggleLocale = (): void => {
    locale.value = locale.value === 'zh' ? 'en' : 'zh'
  }
  return { locale, theme, keys, rebind, resetKeys, toggleLocale }
})
