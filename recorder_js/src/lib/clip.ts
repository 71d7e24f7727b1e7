/** Cut text to a length without leaving half a character behind. */
export function clip(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text;
  const last = text.charCodeAt(mostChars - 2);
  const end = last >= 0xd800 && last <= 0xdbff ? mostChars - 2 : mostChars - 1;
  return text.slice(0, end) + "…";
}
