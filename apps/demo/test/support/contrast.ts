/** A text that is hard to read: where, in which colours, and its contrast by WCAG 2. */
export interface WeakText {
  readonly text: string;
  readonly where: string;
  readonly colors: string;
  readonly contrast: number;
}

/**
 * The texts of a page whose contrast is below AA: 4.5, or 3 for large ones. Runs within the page, so it may use nothing
 * from outside of it.
 */
export function weakTexts(): WeakText[] {
  type Color = [number, number, number, number];
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parsed = new Map<string, Color>();

  // A canvas knows every way to write a color.
  function parse(text: string): Color {
    const known = parsed.get(text);
    if (known !== undefined || context === null) return known ?? [0, 0, 0, 0];
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
    const color: Color = [red, green, blue, alpha / 255];
    parsed.set(text, color);
    return color;
  }

  function over(top: Color, below: Color): Color {
    const [red, green, blue, alpha] = top;
    const mix = (a: number, b: number): number => a * alpha + b * (1 - alpha);
    return [mix(red, below[0]), mix(green, below[1]), mix(blue, below[2]), 1];
  }

  function backgroundOf(target: Element | null): Color {
    if (target === null) return [255, 255, 255, 1];
    const color = parse(getComputedStyle(target).backgroundColor);
    return color[3] === 1 ? color : over(color, backgroundOf(target.parentElement));
  }

  function luminance([red, green, blue]: Color): number {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  const weak: WeakText[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (parent === null || text === '' || !parent.checkVisibility() || parent.closest(':disabled')) continue;
    const style = getComputedStyle(parent);
    const background = backgroundOf(parent);
    const color = over(parse(style.color), background);
    const [dark = 0, light = 0] = [luminance(color), luminance(background)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5))
      weak.push({
        text: text.slice(0, 40),
        where: `${parent.tagName}.${parent.className}`,
        colors: `${color.map(Math.round).join()} on ${background.map(Math.round).join()}`,
        contrast: Math.round(contrast * 100) / 100,
      });
  }
  return weak;
}
