using System.ComponentModel;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace AdwUNet.Cpu;

/// <summary>A function that is assembled at run time. Its memory is writable first, then executable, never both.</summary>
internal sealed unsafe partial class MachineCode : SafeHandle
{
    private const int Read = 1, Write = 2, Execute = 4; // sys/mman.h
    private const int Private = 2, Anonymous = 0x20; // Linux
    private readonly nuint _length;

    /// <summary>Assembles a function and makes it callable.</summary>
    /// <param name="assembler">Position-independent instructions.</param>
    /// <exception cref="Win32Exception">The system does not provide executable memory.</exception>
    public MachineCode(Assembler assembler)
        : base(0, ownsHandle: true)
    {
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), rip: 0);
        var code = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        _length = (nuint)code.Length;
        var address = Map(0, _length, Read | Write, Private | Anonymous, -1, 0);
        if (address == -1)
        {
            throw new Win32Exception();
        }

        SetHandle(address);
        code.CopyTo(new Span<byte>((void*)address, code.Length));
        if (Protect(address, _length, Read | Execute) != 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Whether the system lets this process create executable memory. A hardened system may not.</summary>
    public static bool CanBeMade()
    {
        const int answer = 42;
        var assembler = new Assembler(64);
        assembler.mov(AssemblerRegisters.eax, answer);
        assembler.ret();
        try
        {
            using var code = new MachineCode(assembler);
            return ((delegate* unmanaged<int>)code.EntryPoint)() == answer;
        }
        catch (Exception error) when (error is Win32Exception or DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Address of the function.</summary>
    public void* EntryPoint => (void*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Unmap(handle, _length) == 0;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint length);
}
