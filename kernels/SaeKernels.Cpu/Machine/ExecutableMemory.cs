using System.Runtime.InteropServices;

namespace SaeKernels.Cpu;

/// <summary>Memory for assembled code: written first, executable afterwards, never both at once.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int ProtectRead = 1;
    private const int ProtectWrite = 2;
    private const int ProtectExecute = 4;
    private const int MapPrivate = 0x02;
    private const int MapAnonymous = 0x20;

    /// <summary>
    /// Places code where it can be called for the rest of the process; null where the system does not allow it.
    /// </summary>
    /// <param name="code">The instructions; they must not depend on where they lie.</param>
    public static void* Place(ReadOnlySpan<byte> code)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        nuint length = (nuint)code.Length;
        void* memory = Map(null, length, ProtectRead | ProtectWrite, MapPrivate | MapAnonymous, -1, 0);
        if ((nint)memory == -1)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(memory, code.Length));
        if (Protect(memory, length, ProtectRead | ProtectExecute) == 0)
        {
            return memory;
        }

        Unmap(memory, length);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial void Unmap(void* address, nuint length);
}
