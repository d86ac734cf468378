using System.Text.Json.Nodes;
using AdwUNet.Kernel.Installing;

namespace AdwUNet.Kernel.Tests.Installing;

public sealed class InstallationTests : IDisposable
{
    private const string Foreign = """{"argv": ["dotnet", "interactive", "jupyter", "{connection_file}"], "display_name": ".NET (C#)", "language": "C#"}""";

    private readonly TemporaryFolder _folder = new();
    private readonly string _kernels;

    public InstallationTests() => _kernels = _folder.PathOf("with spaces/kernels");

    public void Dispose() => _folder.Dispose();

    private string Folder(string name = KernelSpec.DefaultName) => Path.Combine(_kernels, name);

    private void PutForeign(string name = KernelSpec.DefaultName)
    {
        Directory.CreateDirectory(Folder(name));
        File.WriteAllText(Path.Combine(Folder(name), "kernel.json"), Foreign);
        File.WriteAllText(Path.Combine(Folder(name), "logo-64x64.png"), "");
    }

    [Fact]
    public void An_installed_kernel_starts_this_program_and_can_be_reinstalled_and_removed()
    {
        Installation.Install(_kernels, KernelSpec.DefaultName, force: false);
        var spec = Installation.Install(_kernels, KernelSpec.DefaultName, force: false);
        Assert.True(spec.IsOwn);
        Assert.True(File.Exists(spec.Program), spec.Program);
        Assert.Equal(
            ["kernel", "start", "--connection-file", "{connection_file}", "--kernel-folder", "{resource_dir}"], spec.Command.TakeLast(6));
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(spec.Folder, "kernel.json")))!;
        Assert.Equal(("message", "C#"), ((string?)json["interrupt_mode"], (string?)json["language"]));
        Assert.Equal([spec.Folder], KernelSpec.In(_kernels).Select(found => found.Folder));
        Installation.Remove(_kernels, KernelSpec.DefaultName);
        Assert.False(Directory.Exists(spec.Folder));
    }

    [Fact]
    public void Another_programs_kernel_is_not_replaced_and_another_name_is_offered()
    {
        PutForeign();
        var error = Assert.Throws<NotebookException>(() => Installation.Install(_kernels, KernelSpec.DefaultName, force: false));
        Assert.Contains("--force", error.Message, StringComparison.Ordinal);
        Assert.Contains("--name adw-csharp ", error.Message, StringComparison.Ordinal);
        Assert.Equal(Foreign, File.ReadAllText(Path.Combine(Folder(), "kernel.json")));
        Assert.True(Installation.Install(_kernels, "adw-csharp", force: false).IsOwn);
        Assert.False(KernelSpec.Find(Folder())!.IsOwn);
    }

    [Fact]
    public void Another_programs_kernel_is_replaced_only_on_request()
    {
        PutForeign();
        Assert.True(Installation.Install(_kernels, KernelSpec.DefaultName, force: true).IsOwn);
        Assert.Equal(["kernel.json"], Directory.EnumerateFiles(Folder()).Select(Path.GetFileName));
    }

    [Fact]
    public void Another_programs_kernel_is_not_removed()
    {
        PutForeign();
        Assert.Contains("another program's", Assert.Throws<NotebookException>(() => Installation.Remove(_kernels, KernelSpec.DefaultName)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no kernel", Assert.Throws<NotebookException>(() => Installation.Remove(_kernels, "gone")).Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Folder()));
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a b")]
    [InlineData("")]
    public void Names_that_Jupyter_rejects_are_refused(string name) =>
        Assert.Contains("is not a name for a kernel", Assert.Throws<NotebookException>(() => Installation.Install(_kernels, name, force: true)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_kernel_that_hides_the_installed_one_is_named()
    {
        PutForeign();
        var own = _folder.PathOf("own");
        var installed = Installation.Install(own, KernelSpec.DefaultName, force: false);
        Assert.Equal(Folder(), Installation.HidingFrom(installed, [_kernels, own])?.Folder);
        Assert.Null(Installation.HidingFrom(installed, [own, _kernels]));
    }

    [Theory]
    [InlineData(Platform.Xdg, "HOME=/h", "/h/.local/share/jupyter")]
    [InlineData(Platform.Xdg, "HOME=/h XDG_DATA_HOME=/x", "/x/jupyter")]
    [InlineData(Platform.Xdg, "HOME=/h XDG_DATA_HOME=/x JUPYTER_DATA_DIR=/j", "/j")]
    [InlineData(Platform.MacOS, "HOME=/h XDG_DATA_HOME=/x", "/h/Library/Jupyter")]
    [InlineData(Platform.Windows, "USERPROFILE=/u APPDATA=/r", "/r/jupyter")]
    [InlineData(Platform.Windows, "USERPROFILE=/u", "/u/AppData/Roaming/jupyter")]
    public void The_users_folder_is_where_Jupyter_looks(object platform, string variables, string folder)
    {
        var values = variables.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(folder, JupyterFolders.UserData(values.GetValueOrDefault, (Platform)platform).Replace('\\', '/'));
    }
}
