// The message box: grows with its text, sends on Enter, completes commands, people
// and channels by keyboard.
let boot = null
const known = at => (boot ||= fetch('/ui/boot?as=' + encodeURIComponent(at.as)).then(r => r.json()))

export const wireComposer = (form, { at, post, say, refresh }) => {
  const box = form.querySelector('textarea')
  const list = form.querySelector('[role="listbox"]')
  const inThread = form.dataset.compose === 'thread'
  let items = []
  let chosen = 0
  let range = null

  const grow = () => { box.style.height = 'auto'; box.style.height = Math.min(180, box.scrollHeight) + 'px' }
  const shut = () => { list.hidden = true; box.setAttribute('aria-expanded', 'false'); box.removeAttribute('aria-activedescendant'); items = [] }
  const mark = i => {
    chosen = i
    ;[...list.children].forEach((li, k) => li.setAttribute('aria-selected', String(k === i)))
    box.setAttribute('aria-activedescendant', list.children[i]?.id || '')
    list.children[i]?.scrollIntoView({ block: 'nearest' })
  }
  const put = i => {
    const it = items[i]
    const before = box.value.slice(0, range[0]) + it.insert + ' '
    box.value = before + box.value.slice(range[1]).replace(/^ /, '')
    box.setSelectionRange(before.length, before.length)
    shut()
    grow()
    box.focus()
  }
  const find = async () => {
    const upto = box.value.slice(0, box.selectionStart)
    const slash = !inThread && /^\/\S*$/.exec(upto)
    const mention = /(?:^|[\s(])([@#][\p{L}\p{N}._-]*)$/u.exec(upto)
    if (!slash && !mention) return shut()
    const word = slash ? upto : mention[1]
    const all = await known(at)
    const pool = slash ? all.commands : word[0] === '@' ? all.people : all.channels
    const want = word.slice(1).toLowerCase()
    const starts = pool.filter(p => p.insert.slice(1).toLowerCase().startsWith(want))
    const inside = pool.filter(p => !starts.includes(p) && (p.insert + ' ' + p.hint + (slash ? '' : ' ' + p.about)).slice(1).toLowerCase().includes(want))
    if (box.value.slice(0, box.selectionStart) !== upto) return
    items = [...starts, ...inside].slice(0, 12)
    if (!items.length || (items.length === 1 && items[0].insert === word)) return shut()
    range = [upto.length - word.length, upto.length]
    list.replaceChildren(...items.map((it, i) => {
      const li = document.createElement('li')
      li.role = 'option'
      li.id = list.id + '-' + i
      for (const [tag, cls, text] of [['b', '', it.insert], ['span', 'hint', it.hint], ['span', 'about', it.about]]) {
        if (!text) continue
        const s = document.createElement(tag)
        s.className = cls
        s.textContent = text
        li.append(s)
      }
      li.onmousedown = e => { e.preventDefault(); put(i) }
      return li
    }))
    list.hidden = false
    box.setAttribute('aria-expanded', 'true')
    mark(0)
  }
  const send = async () => {
    const text = box.value.trim()
    if (!text) return
    shut()
    box.value = ''
    grow()
    form.querySelector('.send').classList.add('busy')
    const out = await post('say', { channel: at.channel, thread: inThread ? at.thread : '', text })
    form.querySelector('.send').classList.remove('busy')
    if (out.error) { if (!box.value) { box.value = text; grow() } ; note(out.error) } else note('')
    if (out.notice) say(out.notice)
    refresh()
  }
  const note = text => {
    let p = form.parentElement.querySelector('.failure')
    if (!text) return p?.remove()
    if (!p) { p = document.createElement('p'); p.className = 'failure'; p.role = 'alert'; form.after(p) }
    p.textContent = text
  }

  box.addEventListener('input', () => { grow(); find() })
  box.addEventListener('click', find)
  box.addEventListener('blur', () => setTimeout(shut, 120))
  box.addEventListener('keydown', e => {
    if (e.isComposing) return
    if (!list.hidden && items.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
      if (step) { e.preventDefault(); return mark((chosen + step + items.length) % items.length) }
      if (e.key === 'Tab' || (e.key === 'Enter' && !e.shiftKey)) { e.preventDefault(); return put(chosen) }
      if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); return shut() }
    }
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); send() }
  })
  form.addEventListener('submit', e => { e.preventDefault(); send() })
}
