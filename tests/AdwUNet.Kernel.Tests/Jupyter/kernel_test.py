"""The groups of jupyter_kernel_test for C#: what front ends ask of a kernel, over Jupyter's own client.

JUPYTER_PATH names the folder in which the kernel is installed. Run with -v: one line a group.
"""
import unittest

import jupyter_kernel_test

# The replies that jupyter_kernel_test waits for without a limit of its own.
PATIENCE = 60


class CSharpKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = ".net-csharp"
    language_name = "C#"
    file_extension = ".cs"

    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    code_generate_error = 'throw new InvalidOperationException("broken");'
    code_clear_output = "using Microsoft.DotNet.Interactive; KernelInvocationContext.Current.ClearOutput();"

    completion_samples = [
        {"text": "Math.Sqr", "matches": {"Sqrt"}},
        {"text": "Console.WriteL", "matches": {"WriteLine"}},
        {"text": "var builder = new System.Text.StringBui", "matches": {"StringBuilder"}},
        {"text": '"text".ToUpperI', "matches": {"ToUpperInvariant"}},
        {"text": "new[] { 1, 2 }.FirstOrD", "matches": {"FirstOrDefault"}},
        {"text": "Environment.NewL", "matches": {"NewLine"}},
    ]

    complete_code_samples = [
        "1 + 1",
        "var a = 1;",
        'Console.WriteLine("x")',
        "if (true)\n{\n    Console.WriteLine(1);\n}",
        "int Twice(int x) => 2 * x;",
        "class C { }",
        "// only a comment",
        "await Task.Delay(1);",
        "#r \"nuget: Newtonsoft.Json, 13.0.3\"",
        "",
    ]
    incomplete_code_samples = [
        "if (true)\n{",
        "int Twice(int x)\n{",
        "class C\n{",
        "Console.WriteLine(",
        "var a = ",
        "var list = new List<int> { 1,",
        "/* a comment that goes on",
        "var text = @\"first line",
        "foreach (var x in new[] { 1, 2 })",
    ]
    invalid_code_samples = ["}", "var 1a = 2;", "int int = 3;", "var = ;;;)", "1+1 )", "if (x) }"]

    code_execute_result = [
        {"code": "1 + 1", "result": "2"},
        {"code": "6 * 7", "result": "42"},
        {"code": '"a" + "b"', "result": "ab"},
        {"code": "Math.Max(2, 3)", "result": "3"},
        {"code": "await Task.FromResult(5)", "result": "5"},
        {"code": "var total = 0; for (var i = 0; i < 5; i++) total += i; total", "result": "10"},
        {"code": "new[] { 1, 2, 3 }", "result": "[ 1, 2, 3 ]"},
        {"code": "new[] { 1, 2 }.Select(x => new { Number = x })", "mime": "text/html"},
        {"code": "1 > 2", "result": "False"},
        {"code": "typeof(Dictionary<string, int>)", "mime": "text/plain"},
    ]

    code_display_data = [
        {"code": 'display(HTML("<b>bold</b>"));', "mime": "text/html"},
        {"code": "display(1);", "mime": "text/plain"},
        {"code": 'display(new[] { 1, 2 });', "mime": "text/plain"},
        {"code": 'display(new[] { 1, 2 });', "mime": "text/html"},
        {"code": '"# Title".DisplayAs("text/markdown");', "mime": "text/markdown"},
        {"code": '@"\\frac{1}{2}".DisplayAs("text/latex");', "mime": "text/latex"},
        {"code": '"<svg xmlns=\'http://www.w3.org/2000/svg\'/>".DisplayAs("image/svg+xml");', "mime": "image/svg+xml"},
        {"code": '"iVBORw0KGgo=".DisplayAs("image/png");', "mime": "image/png"},
        {"code": '"{\\"a\\": 1}".DisplayAs("application/json");', "mime": "application/json"},
        {"code": "3.5.Display();", "mime": "text/plain"},
    ]

    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "Math.Max?2,*"

    # Samples after which the documentation of a name is asked for; the cursor is at the end.
    inspect_samples = ["Console.WriteLine", "Math.Sqrt", "string.Join", "List<int>", "Environment.NewLine"]
    code_inspect_sample = inspect_samples[0]

    error_samples = [
        ("throw new InvalidOperationException(\"broken\");", "InvalidOperationException", "broken"),
        ("(new int[1])[2]", "IndexOutOfRangeException", "outside the bounds"),
        ("nothing + 1", "CompilationError", "CS0103"),
        ("int.Parse(\"x\")", "FormatException", "x"),
        ("await Task.FromException(new TimeoutException(\"late\"));", "TimeoutException", "late"),
        ("#r \"does-not-exist.dll\"", "NotebookException", "does-not-exist.dll"),
    ]

    def get_non_kernel_info_reply(self, timeout=None):
        return super().get_non_kernel_info_reply(timeout=timeout or PATIENCE)

    def test_pager(self):
        """Nothing is paged: payloads are deprecated since protocol 5.0, and documentation comes by inspection."""
        self.flush_channels()
        reply, _ = self.execute_helper("Console.WriteLine(1);")
        self.assertEqual(reply["content"]["payload"], [])

    def test_inspect(self):
        super().test_inspect()
        for sample in self.inspect_samples:
            for detail_level in (0, 1):
                with self.subTest(sample=sample, detail_level=detail_level):
                    content = self.inspect(sample, detail_level)
                    self.assertTrue(content["found"])
                    self.assertIn("text/plain", content["data"])
                    self.assertIn(sample.split(".")[-1].split("<")[0], content["data"]["text/plain"])
        with self.subTest(sample="a variable of an earlier cell"):
            self.execute_helper("/// <summary>How many there are.</summary>\nint inspected = 5;")
            self.flush_channels()
            self.assertIn("int", self.inspect("inspected")["data"]["text/plain"])
        with self.subTest(sample="nothing of that name"):
            content = self.inspect("noSuchName")
            self.assertEqual(content["status"], "ok")
            self.assertFalse(content["found"])
            self.assertEqual(content["data"], {})

    def inspect(self, code, detail_level=0):
        msg_id = self.kc.inspect(code, detail_level=detail_level)
        reply = self.get_non_kernel_info_reply()
        jupyter_kernel_test.validate_message(reply, "inspect_reply", msg_id)
        return reply["content"]

    def test_completion(self):
        self.flush_channels()
        super().test_completion()
        with self.subTest(text="a variable and a type of an earlier cell"):
            self.execute_helper("var completedVariable = 1; class CompletedType { public int Inside; }")
            self.flush_channels()
            self.assertEqual(self.complete("completedV"), ["completedVariable"])
            self.assertEqual(self.complete("new CompletedT"), ["CompletedType"])
            self.assertEqual(self.complete("new CompletedType().Ins"), ["Inside"])
        with self.subTest(text="in the middle of a cell"):
            code = "var first = Math.Sqr;\nvar second = 2;"
            self.assertEqual(self.complete(code, code.index(";")), ["Sqrt"])
        with self.subTest(text="where nothing fits"):
            self.assertEqual(self.complete("Math.NoSuchThing"), [])

    def complete(self, code, cursor=None):
        """The completed code's own words, checked to replace just what stands there."""
        msg_id = self.kc.complete(code, cursor)
        reply = self.get_non_kernel_info_reply()
        jupyter_kernel_test.validate_message(reply, "complete_reply", msg_id)
        content = reply["content"]
        self.assertEqual(content["status"], "ok")
        replaced = code[content["cursor_start"] : content["cursor_end"]]
        for match in content["matches"]:
            self.assertTrue(match.startswith(replaced), f"{match} replaces {replaced}")
        return content["matches"]

    def test_error(self):
        super().test_error()
        for code, name, message in self.error_samples:
            with self.subTest(code=code):
                self.flush_channels()
                reply, outputs = self.execute_helper(code)
                self.assertEqual(reply["content"]["status"], "error")
                self.assertEqual([output["msg_type"] for output in outputs], ["error"])
                error = outputs[0]["content"]
                self.assertEqual(error["ename"], name)
                self.assertIn(message, error["evalue"])
                self.assertGreaterEqual(len(error["traceback"]), 1)
                self.assertEqual(reply["content"]["ename"], name)

    def test_execute_stdout(self):
        super().test_execute_stdout()
        for code, printed in (
            ('Console.Write("a"); Console.Write("b");', "ab"),
            ('foreach (var n in new[] { 1, 2, 3 }) Console.WriteLine(n);', "1\n2\n3\n"),
            ('await Task.Run(() => Console.WriteLine("from a task"));', "from a task\n"),
            ('var thread = new System.Threading.Thread(() => Console.Write("äöü ✓ 𝄞")); thread.Start(); thread.Join();', "äöü ✓ 𝄞"),
        ):
            with self.subTest(code=code):
                self.flush_channels()
                reply, outputs = self.execute_helper(code)
                self.assertEqual(reply["content"]["status"], "ok")
                self.assertEqual("".join(o["content"]["text"] for o in outputs if o["msg_type"] == "stream"), printed)

    def test_execute_stderr(self):
        super().test_execute_stderr()
        self.flush_channels()
        _, outputs = self.execute_helper('Console.Write("1"); Console.Error.Write("2"); Console.Write("3");')
        self.assertEqual([(o["content"]["name"], o["content"]["text"]) for o in outputs], [("stdout", "1"), ("stderr", "2"), ("stdout", "3")])

    def test_clear_output(self):
        super().test_clear_output()
        self.flush_channels()
        _, outputs = self.execute_helper(
            'using Microsoft.DotNet.Interactive; Console.Write("1"); KernelInvocationContext.Current.ClearOutput(wait: true); Console.Write("2");'
        )
        self.assertEqual([o["msg_type"] for o in outputs], ["stream", "clear_output", "stream"])
        self.assertIs(outputs[1]["content"]["wait"], True)

    def test_display_data(self):
        super().test_display_data()
        with self.subTest(code="updated in place"):
            self.flush_channels()
            _, outputs = self.execute_helper('var shown = display("first"); shown.Update("second");')
            self.assertEqual([o["msg_type"] for o in outputs], ["display_data", "update_display_data"])
            ids = [o["content"]["transient"]["display_id"] for o in outputs]
            self.assertEqual(ids[0], ids[1])
            self.assertEqual(outputs[1]["content"]["data"]["text/plain"], "second")

    def test_history(self):
        super().test_history()
        with self.subTest(hist_access_type="search without a match"):
            reply = self.history_helper([], output=False, raw=True, hist_access_type="search", pattern="no such cell*", n=3)
            self.assertEqual(reply["content"]["history"], [])
        with self.subTest(hist_access_type="silent cells are not kept"):
            self.flush_channels()
            self.kc.execute("1 + 11", silent=True)
            self.kc.execute("1 + 12", store_history=False)
            self.get_non_kernel_info_reply()
            self.get_non_kernel_info_reply()
            reply = self.history_helper([], output=False, raw=True, hist_access_type="search", pattern="1 + 1?")
            self.assertEqual(reply["content"]["history"], [])


if __name__ == "__main__":
    unittest.main()
