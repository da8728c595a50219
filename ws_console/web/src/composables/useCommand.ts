import { reactive, ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { CommandError } from '@/api/errors'
import { useFeed } from '@/stores/feed'
import { useNotices } from '@/stores/notices'

export type Result<T> = { ok: true; data: T } | { ok: false; error: CommandError }

/**
 * Runs commands for one form or desk: busy while one is under way, the refusal beside its field
 * (`fields[name]`) and as a message in the corner.
 */
export function useCommand() {
  const feed = useFeed()
  const notices = useNotices()
  const { locale } = useI18n()
  const busy = ref('')
  const fields = reactive<Record<string, string>>({})

  function clearErrors(): void {
    for (const name of Object.keys(fields)) delete fields[name]
  }
  async function run<T = unknown>(name: string, args: object, done = ''): Promise<Result<T>> {
    busy.value = name
    clearErrors()
    try {
      const data = await feed.command<T>(name, args)
      if (done !== '') notices.show('good', done)
      return { ok: true, data }
    } catch (raised) {
      const error = raised instanceof CommandError ? raised : CommandError.from(raised, name)
      const text = error.say(locale.value)
      if (error.field !== '') fields[error.field] = text
      notices.show('bad', text)
      return { ok: false, error }
    } finally {
      busy.value = ''
    }
  }
  return { busy, fields, run, clearErrors }
}
