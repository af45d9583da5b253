import { setText } from './dom.ts';

type Theme = 'auto' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const KEY = 'sse-demo-theme';

/** Makes a button go through the themes, and keeps the choice. `onChange` is called when colours may have changed. */
export function themeButton(button: HTMLButtonElement, onChange: () => void): void {
  let theme = readTheme();

  function apply(): void {
    document.documentElement.dataset['theme'] = theme;
    setText(button, `Theme: ${theme}`);
    onChange();
  }

  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
    keepTheme(theme);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}

// A browser may forbid a page to store anything; the theme is then that of the system.
function readTheme(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function keepTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Kept for as long as the page is open.
  }
}
