"""The walls hold: one violation of each is planted in a copy of the tree, and each must be caught."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]


def check(root, *parts):
    return subprocess.run([TOP / "scripts/check", *parts], env={**os.environ, "CHECK_ROOT": str(root)},
                          capture_output=True, text=True)


class Walls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tree = pathlib.Path(cls.folder.name) / "tree"
        for room in ("protocol", "persistence", "emulator", "tests", "scripts"):
            if (TOP / room).exists():
                shutil.copytree(TOP / room, cls.tree / room, ignore=shutil.ignore_patterns("node_modules", "build"))
        for file in ("CMakeLists.txt", ".clang-format"):
            shutil.copy(TOP / file, cls.tree / file)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def plant(self, path, text):
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.addCleanup(file.unlink)
        return file

    def test_the_tree_as_it_is_passes(self):
        result = check(TOP, "walls")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_each_planted_violation_is_caught(self):
        violations = [
            ("protocol/value/planted.cc", '#include "../json/json_value.h"', "climbs out"),
            ("protocol/value/planted.cc", '#include "protocol/value/../json/json_value.h"', "climbs out"),
            ("tests/protocol/planted.cc", '#include "../../persistence/store.h"', "climbs out"),
            ("emulator/planted.cc", "#include <sqlite3.h>", "persistence's alone"),
            ("emulator/tables/planted.cc", '#  include "sqlite3.h"', "persistence's alone"),
            ("emulator/planted.h", "#include <httplib.h>", "protocol/http and emulator/gateway"),
            ("persistence/planted.cc", "#include <boost/asio.hpp>", "protocol/http and emulator/gateway"),
            ("emulator/planted.cc", "#include <rapidjson/document.h>", "protocol/json's alone"),
            ("emulator/gateway/planted.cc", "#include <yaml-cpp/yaml.h>", "templates' alone"),
            ("emulator/planted.cc", "auto now = std::chrono::system_clock::now();", "system clock"),
            ("persistence/planted.cc", "long now() { return time(nullptr); }", "system clock"),
            ("protocol/http/planted.cc", "clock_gettime(CLOCK_REALTIME, &now);", "system clock"),
            ("emulator/utils.h", "#pragma once", "leftovers"),
        ]
        for path, line, complaint in violations:
            with self.subTest(path=path, line=line):
                file = self.tree / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(line + "\n")
                result = check(self.tree, "walls")
                file.unlink()
                self.assertEqual(result.returncode, 1, "not caught")
                self.assertIn(complaint, result.stderr)
                self.assertIn(f"{path}:1: {line}" if complaint != "leftovers" else path, result.stderr)

    def test_a_comment_is_no_violation(self):
        self.plant("emulator/planted.cc", "// not <sqlite3.h>, and no system_clock either\nint uptime(int);\n")
        result = check(self.tree, "walls")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_file_not_laid_out_is_caught(self):
        self.plant("protocol/value/planted.cc", "int   f( ) {return 1 ;}\n")
        result = check(self.tree, "format")
        self.assertEqual(result.returncode, 1)
        self.assertIn("protocol/value/planted.cc", result.stderr)


class WrongWayIncludes(unittest.TestCase):
    """Include roots stop a room from seeing what its DEPS do not name, in the compiler."""

    FORBIDDEN = [  # a room, its target, and a room that it must not see
        ("protocol/value", "protocol_value", "protocol/json"),
        ("protocol/json", "protocol_json", "persistence"),
        ("persistence", "persistence", "protocol/json"),
        ("persistence", "persistence", "protocol/error"),
        ("persistence", "persistence", "emulator/expressions"),
        ("emulator/expressions", "expressions", "persistence"),
        ("emulator/expressions", "expressions", "protocol/json"),
        ("emulator/partiql", "partiql", "persistence"),
        ("emulator", "emulator", "protocol/http"),
        ("emulator", "emulator", "emulator/gateway"),
        ("emulator/gateway", "gateway", "persistence"),
        ("emulator/gateway", "gateway", "emulator/expressions"),
    ]

    def test_each_stops_with_no_such_file(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder) / "tree"
            shutil.copytree(TOP, tree, ignore=shutil.ignore_patterns("build", "node_modules", ".git", ".stator"))
            objects = {}
            for number, (room, target, forbidden) in enumerate(self.FORBIDDEN):
                name, header = f"planted_{number}.cc", f"{forbidden}/planted.h"
                for planted in (tree / room, tree / forbidden):
                    planted.mkdir(parents=True, exist_ok=True)
                (tree / header).write_text("#pragma once\n")
                (tree / room / name).write_text(f'#include "{header}"\n')
                objects[f"CMakeFiles/{target}.dir/{room}/{name}.o"] = header
            build = tree / "build/walls"
            configured = subprocess.run(["cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DSTATOR_FLAVOUR=debug"],
                                        capture_output=True, text=True)
            self.assertEqual(configured.returncode, 0, configured.stdout + configured.stderr)
            built = subprocess.run(["ninja", "-C", build, "-k", "0", *objects], capture_output=True, text=True)
            for name, header in objects.items():
                with self.subTest(object=name):
                    self.assertFalse((build / name).exists(), "it compiled")
                    self.assertIn(f"{header}: No such file or directory", built.stdout)


if __name__ == "__main__":
    unittest.main()
