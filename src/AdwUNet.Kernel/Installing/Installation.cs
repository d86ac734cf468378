namespace AdwUNet.Kernel.Installing;

/// <summary>Installs the kernel for Jupyter and removes it. Kernels of other programs are kept unless the user asks to replace one.</summary>
internal static class Installation
{
    /// <summary>Installs the kernel.</summary>
    /// <param name="kernels">Jupyter's folder of kernels.</param>
    /// <param name="name">Its name.</param>
    /// <param name="force">Whether a kernel of that name that belongs to another program may be replaced.</param>
    /// <exception cref="NotebookException">The name is invalid, or it is another program's and <paramref name="force"/> is not given.</exception>
    public static KernelSpec Install(string kernels, string name, bool force)
    {
        KernelSpec.CheckName(name);
        var folder = Path.Combine(kernels, name);
        if (KernelSpec.Find(folder) is { IsOwn: false } foreign)
        {
            if (!force)
            {
                var other = KernelSpec.Find(Path.Combine(kernels, KernelSpec.OtherName)) is null or { IsOwn: true }
                    ? KernelSpec.OtherName : $"{KernelSpec.OtherName}-2";
                throw new NotebookException(
                    $"{folder} already contains a kernel of another program ({Describe(foreign)}): give --force to replace it, or --name {other} to keep both.");
            }

            // Its logos and scripts would otherwise be used for this kernel.
            Directory.Delete(folder, recursive: true);
        }

        KernelSpec.Write(folder);
        return KernelSpec.Find(folder)!;
    }

    /// <summary>Removes an installed kernel.</summary>
    /// <exception cref="NotebookException">There is no such kernel, or it belongs to another program.</exception>
    public static KernelSpec Remove(string kernels, string name)
    {
        KernelSpec.CheckName(name);
        var folder = Path.Combine(kernels, name);
        var spec = KernelSpec.Find(folder) ?? throw new NotebookException($"There is no kernel in {folder}: 'adw kernel list' tells where there are some.");
        if (!spec.IsOwn)
            throw new NotebookException($"The kernel in {folder} is another program's ({Describe(spec)}): it is not removed.");
        Directory.Delete(folder, recursive: true);
        return spec;
    }

    /// <summary>A kernel of the same name that Jupyter finds before this one; null where there is none.</summary>
    public static KernelSpec? HidingFrom(KernelSpec installed, IEnumerable<string> searchPath) =>
        searchPath.TakeWhile(kernels => Path.Combine(kernels, installed.Name) != installed.Folder)
            .Select(kernels => KernelSpec.Find(Path.Combine(kernels, installed.Name)))
            .FirstOrDefault(found => found is not null);

    /// <summary>A short description of what a kernel starts.</summary>
    public static string Describe(KernelSpec spec) => spec switch
    {
        { IsOwn: true, Program: { } program } => File.Exists(program) ? $"starts {program}" : $"starts {program}, which is gone: install it again",
        { Command: [var first, ..] } => $"starts {first}",
        _ => "starts nothing",
    };
}
