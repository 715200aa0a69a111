import { type ComponentType, type FunctionComponent, createElement } from "preact";
import { Component, Fragment } from "preact";

export { Fragment };

/** A component that is drawn again only if what it is given has changed; functions that it is given do not count. */
export function memo<Given extends object>(inner: FunctionComponent<Given>): ComponentType<Given> {
  return class Memo extends Component<Given> {
    override shouldComponentUpdate(next: Readonly<Given>) {
      return (Object.keys(next) as (keyof Given)[]).some(
        (key) => typeof next[key] !== "function" && next[key] !== this.props[key],
      );
    }
    override render() {
      return createElement(inner, this.props);
    }
  };
}
