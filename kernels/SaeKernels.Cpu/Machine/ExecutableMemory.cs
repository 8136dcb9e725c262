using System.Runtime.InteropServices;

namespace SaeKernels.Cpu;

/// <summary>Memory for assembled code: written first, executable afterwards, never both at once.</summary>
internal static unsafe partial class ExecutableMemory
{
    /// <summary>
    /// Places code where it can be called for the rest of the process; null where the system does not allow it.
    /// </summary>
    /// <param name="code">The instructions; they must not depend on where they lie.</param>
    public static void* Place(ReadOnlySpan<byte> code)
    {
        if (OperatingSystem.IsLinux())
        {
            return PlaceOnLinux(code);
        }

        return OperatingSystem.IsWindows() ? PlaceOnWindows(code) : null;
    }

    private static void* PlaceOnLinux(ReadOnlySpan<byte> code)
    {
        const int ProtectRead = 1;
        const int ProtectWrite = 2;
        const int ProtectExecute = 4;
        const int MapPrivate = 0x02;
        const int MapAnonymous = 0x20;
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

    private static void* PlaceOnWindows(ReadOnlySpan<byte> code)
    {
        const int CommitAndReserve = 0x3000;
        const int Release = 0x8000;
        const int ReadWrite = 0x04;
        const int ExecuteRead = 0x20;
        nuint length = (nuint)code.Length;
        void* memory = VirtualAlloc(null, length, CommitAndReserve, ReadWrite);
        if (memory == null)
        {
            return null;
        }

        code.CopyTo(new Span<byte>(memory, code.Length));
        if (VirtualProtect(memory, length, ExecuteRead, out _) != 0
            && FlushInstructionCache(GetCurrentProcess(), memory, length) != 0)
        {
            return memory;
        }

        _ = VirtualFree(memory, 0, Release);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial void Unmap(void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial void* VirtualAlloc(void* address, nuint size, int type, int protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(void* address, nuint size, int protection, out int before);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* address, nuint size, int type);

    [LibraryImport("kernel32")]
    private static partial int FlushInstructionCache(nint process, void* address, nuint size);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();
}
