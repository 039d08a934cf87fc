"""Where a brand's templates run: they can neither reach out nor go on for ever, nor grow without bound.

Jinja2's own sandbox sees to the first. For the second, each turn of a loop, call of a macro and start of a
block or file looks at a clock now and then; what multiplies, pads or joins is held to a size.
"""

import time
from collections.abc import Callable
from typing import Any, Self

import jinja2
from jinja2 import nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from adapters.messages import bounds
from adapters.messages.bounds import bounded
from streams.domain.values import Value

SECONDS = 1.0
_EVERY = 16  # steps between two looks at the clock, which cost more than a step
_BOUNDED = "bounded size"  # a name that no template can write


class Patience:
    """How long one message may take: used as a context around it; endless outside.

    It counts the thread's own CPU time: a machine that stood still is no fault of a template's.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.left = _EVERY
        self._seconds = seconds
        self._until = float("inf")

    def __enter__(self) -> Self:
        self._until = time.thread_time() + self._seconds
        return self

    def __exit__(self, *_error: object) -> None:
        self._until = float("inf")

    def look(self) -> None:
        """Raises `TemplateRuntimeError` once time is up."""
        self.left = _EVERY
        if time.thread_time() > self._until:
            raise jinja2.TemplateRuntimeError(
                f"it takes longer than {self._seconds:g} s: does a loop in it ever end?"
            )


class _Steps(NodeTransformer):
    """Puts a step before everything that may be done again and again, and a bound on what joins texts."""

    def _stepping(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        step = nodes.ExprStmt(nodes.EnvironmentAttribute("step"), lineno=node.lineno)
        node.body.insert(0, step)
        return node  # type: ignore[no-any-return]  # each of these has a body

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  # Jinja2's name
        if node.test is not None:  # what it leaves out is a turn too
            step = nodes.EnvironmentAttribute("step")
            node.test = nodes.Or(step, node.test, lineno=node.lineno)
        return self._stepping(node)

    def visit_Concat(self, node: nodes.Expr) -> nodes.Node:  # noqa: N802  # Jinja2's name
        return _bounding(self.generic_visit(node))

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802  # Jinja2's name
        self.generic_visit(node)
        node.filter = _bounding(node.filter)
        return node

    visit_Template = visit_Block = visit_Macro = visit_CallBlock = _stepping  # noqa: N815  # Jinja2's


class _Bounds(_Steps):
    """A bound on lists, too, which may hold one another. For brands' own: it costs time, and ours don't."""

    visit_List = visit_Dict = _Steps.visit_Concat  # noqa: N815  # Jinja2's

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802  # Jinja2's name
        self.generic_visit(node)
        return _bounding(node) if node.ctx == "load" else node


def _bounding(node: Any) -> nodes.Filter:
    return nodes.Filter(node, _BOUNDED, [], [], None, None)


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, with a short way for what is our own and harmless: macros, and fields of a view.

    `rewrite` changes a template before it is compiled; `patience` bounds what it does.
    """

    intercepted_binops = frozenset({"*", "**", "%", "+"})
    rewrite: Callable[[nodes.Template], nodes.Template]
    patience: Patience
    brands_own: bool  # some of its templates

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters |= bounds.filters(self.filters) | {_BOUNDED: bounded}
        del self.globals["lipsum"]

    @property
    def step(self) -> None:
        """One turn of anything: an attribute, since an access is the cheapest call there is."""
        patience = self.patience
        patience.left -= 1
        if not patience.left:
            patience.look()

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002  # the base's
    ) -> str:
        try:
            rewritten = self.rewrite(source)
        except jinja2.TemplateSyntaxError as error:
            error.name, error.filename = name, filename
            raise
        steps = _Bounds() if self.brands_own else _Steps()
        return super()._generate(steps.visit(rewritten), name, filename, defer_init)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Value) and attribute in obj.__struct_fields__:
            return getattr(obj, attribute)
        if type(obj) is TemplateModule and not attribute.startswith("_"):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As the sandbox has it, and no method of a text that pads it."""
        padding = attr in bounds.PADDING_METHODS and isinstance(obj, str)
        return not padding and super().is_safe_attribute(obj, attr, value)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        if type(obj) is Macro:
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return obj(context.eval_ctx, *args, **kwargs)
        return bounded(super().call(context, obj, *bounds.arguments(obj, args), **kwargs))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        format_ = super().wrap_str_format(value)
        return bounds.formatting(value.__self__, format_) if format_ is not None else None

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Raises `TemplateRuntimeError` for a result beyond all bounds, before it is worked out."""
        if operator == "%":
            return bounds.filled(left, right)
        if operator == "+":
            return bounded(super().call_binop(context, operator, left, right))
        if operator == "*":
            bounds.check_product(left, right)
        elif (
            isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > bounds.MOST_BITS
        ):
            raise jinja2.TemplateRuntimeError("a power is too large")
        return super().call_binop(context, operator, left, right)
