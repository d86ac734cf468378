using System.Reflection;
using System.Runtime.Loader;

namespace AdwUNet.Kernel.References;

/// <summary>
/// Holds the assembly of one cell. It is collectible: when nothing refers any more to what the cell defined, its code leaves memory,
/// so that a session may run as many cells as it likes.
/// </summary>
/// <param name="libraries">What the cell's libraries are loaded into.</param>
/// <param name="cells">The assemblies of the earlier cells that it refers to.</param>
internal sealed class CellLoadContext(NotebookLoadContext libraries, IEnumerable<Assembly> cells)
    : AssemblyLoadContext("cell", isCollectible: true)
{
    private readonly Dictionary<string, Assembly> _cells = cells.ToDictionary(cell => cell.GetName().Name!);

    protected override Assembly? Load(AssemblyName assemblyName) =>
        _cells.TryGetValue(assemblyName.Name!, out var cell) ? cell : libraries.LoadFromAssemblyName(assemblyName);

    protected override nint LoadUnmanagedDll(string unmanagedDllName) => libraries.LoadNative(unmanagedDllName);
}
