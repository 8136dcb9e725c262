using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace SaeKernels.Cpu;

/// <summary>Whether instructions that .NET does not know may be used.</summary>
internal static unsafe class VectorExtensions
{
    // CPUID leaf 1, ECX: the system has enabled XGETBV; leaf 7, ECX: AVX512_VNNI.
    private const int OsXsave = 1 << 27;
    private const int Avx512Vnni = 1 << 11;

    // XCR0: SSE, AVX, mask registers, upper halves of zmm0-15, zmm16-31.
    private const ulong Avx512State = 0b1110_0110;

    /// <summary>
    /// Whether 512-bit VNNI may run: the processor has it, the system saves its registers, and .NET uses AVX-512
    /// itself, so that DOTNET_EnableAVX512=0 switches it off too.
    /// </summary>
    public static bool HasAvx512Vnni() =>
        (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && Avx512F.IsSupported
        && Avx512BW.IsSupported
        && (X86Base.CpuId(1, 0).Ecx & OsXsave) != 0
        && X86Base.CpuId(0, 0).Eax >= 7
        && (X86Base.CpuId(7, 0).Ecx & Avx512Vnni) != 0
        && (EnabledState() & Avx512State) == Avx512State;

    /// <summary>The register states that the operating system saves; 0 where it cannot be asked.</summary>
    private static ulong EnabledState()
    {
        delegate* unmanaged<ulong> read = (delegate* unmanaged<ulong>)MachineCode.Assemble(WriteReadState);
        return read == null ? 0 : read();
    }

    private static void WriteReadState(Assembler code)
    {
        code.xor(ecx, ecx);
        code.xgetbv();
        code.shl(rdx, 32);
        code.or(rax, rdx);
        code.ret();
    }
}
