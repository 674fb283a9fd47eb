#!/usr/bin/env python3
"""Prints the public names of the installed esdk-obs-python, sorted, a line each; `names.txt` holds those of the tested version.

Usage: names.py [FILE]
With FILE it compares instead, tells each difference, and exits with 1 if there is any.

The source is read, not run. The first word of a line tells what follows:

    call CLASS PARAMETER...          the constructor of a class that has methods
    call CLASS.METHOD PARAMETER...   a method, also of a model; its parameters in order
    constant CLASS MEMBER...         an enumeration
    model CLASS FIELD...             parameters or results: the fields, those of the constructor first and in its order
"""
import ast
import importlib.util
import pathlib
import sys

# Of these modules the package exports what is public; `model` is public as a whole.
MODULES = ("bucket", "client", "crypto_client", "ilog", "loadtoken", "model", "obs_cipher_suite", "workflow")
# Not exported, but for programs: where keys come from, and what `bucketClient` gives.
ALSO_PUBLIC = {"BucketClient", "ECS", "ENV"}
# `ObsClient` hands its parameters on to this one, which is private.
BASE = "_BasicClient"


def functions(node):
    return [item for item in node.body if isinstance(item, ast.FunctionDef)]


def parameters(function):
    arguments = function.args
    names = [argument.arg for argument in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    return [name for name in names if name not in ("self", "cls")]


def assigned(node):
    """The assignments of a class: name and value."""
    for item in node.body:
        if isinstance(item, ast.Assign):
            yield from ((target.id, item.value) for target in item.targets if isinstance(target, ast.Name))


def line(kind, name, members):
    return " ".join([kind, name, *members])


def calls(node, owner):
    """The methods of a class, and the class itself with the parameters of its constructor."""
    of_constructor = []
    for function in functions(node):
        if function.name == "__init__":
            of_constructor = parameters(function)
        elif not function.name.startswith("_"):
            yield line("call", f"{owner}.{function.name}", parameters(function))
    # Where the private base has the parameters, its line is the one
    if owner != "ObsClient" or of_constructor:
        yield line("call", owner, of_constructor)


def model(node):
    values = dict(assigned(node))
    constants = [name for name, value in values.items() if isinstance(value, ast.Constant)]
    if constants:
        return [line("constant", node.name, constants)]
    methods = {function.name: function for function in functions(node)}
    # A handle on work that goes on, with properties; no fields
    if "allowedAttr" not in values and len(methods) > 5:
        return list(calls(node, node.name))
    constructor = methods.get("__init__") or methods.get("getInstance")
    fields = parameters(constructor) if constructor else []
    if "allowedAttr" in values:
        keys = [ast.literal_eval(key) for key in values["allowedAttr"].keys]
        fields += [key for key in keys if key not in fields]
    return [line("model", node.name, fields)] + [call for call in calls(node, node.name) if "." in call]


def names(folder):
    def tree(module):
        return ast.parse((folder / f"{module}.py").read_text(encoding="utf-8"))

    exported = set(ALSO_PUBLIC)
    for item in tree("__init__").body:
        if isinstance(item, ast.Assign) and item.targets[0].id == "__all__":
            exported.update(ast.literal_eval(item.value))
    found = set()
    for module in MODULES:
        for item in tree(module).body:
            if isinstance(item, ast.ClassDef):
                if module == "model":
                    found.update([] if item.name.startswith("_") else model(item))
                elif item.name == BASE:
                    found.update(calls(item, "ObsClient"))
                elif item.name in exported:
                    found.update(calls(item, item.name))
            elif module == "model" and isinstance(item, ast.Assign) and isinstance(item.value, ast.Name):
                # Another name for a class
                found.update(line("model", target.id, []) for target in item.targets)
    return sorted(found)


def main(arguments):
    folder = pathlib.Path(importlib.util.find_spec("obs").submodule_search_locations[0])
    installed = names(folder)
    if not arguments:
        print("\n".join(installed))
        return 0
    told = pathlib.Path(arguments[0]).read_text(encoding="utf-8").splitlines()
    for name in sorted(set(installed) - set(told)):
        print(f"the SDK has: {name}")
    for name in sorted(set(told) - set(installed)):
        print(f"the SDK has not: {name}")
    if told != sorted(told):
        print("the list is not sorted")
    return 0 if told == installed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
