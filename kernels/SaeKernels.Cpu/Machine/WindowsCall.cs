using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace SaeKernels.Cpu;

/// <summary>What a function of five arguments written for System V needs around it to be called by Windows.</summary>
/// <remarks>
/// Windows passes rcx, rdx, r8, r9 and the stack, and wants rdi, rsi and xmm6 to xmm15 back as they were. The function
/// has no unwind data: it must not throw, and calls nothing.
/// </remarks>
internal static class WindowsCall
{
    private const int FirstSaved = 6;
    private const int Saved = 10;
    private const int VectorBytes = 16;
    private const int FrameBytes = Saved * VectorBytes;

    // Above the frame: rsi, rdi, the return address, and 32 bytes that the caller leaves for four registers.
    private const int FifthArgument = FrameBytes + 8 + 8 + 8 + 32;

    /// <summary>Saves what must be kept, and moves the arguments to rdi, rsi, rdx, rcx and r8.</summary>
    public static void Enter(Assembler code)
    {
        code.push(rdi);
        code.push(rsi);
        code.sub(rsp, FrameBytes);
        for (int i = 0; i < Saved; i++)
        {
            code.vmovups(__xmmword_ptr[rsp + (VectorBytes * i)], Vector(FirstSaved + i));
        }

        code.mov(rdi, rcx);
        code.mov(rsi, rdx);
        code.mov(rdx, r8);
        code.mov(rcx, r9);
        code.mov(r8, __qword_ptr[rsp + FifthArgument]);
    }

    /// <summary>Ends it, but for the return.</summary>
    public static void Leave(Assembler code)
    {
        for (int i = 0; i < Saved; i++)
        {
            code.vmovups(Vector(FirstSaved + i), __xmmword_ptr[rsp + (VectorBytes * i)]);
        }

        code.add(rsp, FrameBytes);
        code.pop(rsi);
        code.pop(rdi);
    }

    private static AssemblerRegisterXMM Vector(int number) => new(Register.XMM0 + number);
}
