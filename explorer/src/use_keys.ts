import { useEffect, useRef } from "preact/hooks";

/** Do something at a key, unless what has the focus takes it for itself. */
export function useKeys(actions: Record<string, () => void>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const action = latest.current[event.key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

function takesKeys(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, canvas, [role=tab], summary") !== null;
}
