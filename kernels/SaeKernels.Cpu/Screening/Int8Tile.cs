using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace SaeKernels.Cpu;

/// <summary>
/// A tile of 12 × 32 products of 8-bit integers, summed in 32-bit integers: exact. Assembled at run time, because .NET
/// has no VPDPBUSD of 512 bits, which does four times the multiply-adds of a float32 one.
/// </summary>
internal static unsafe class Int8Tile
{
    /// <summary>Rows of the batch in a tile.</summary>
    public const int Rows = 12;

    /// <summary>Latents in a tile.</summary>
    public const int Latents = 32;

    /// <summary>Products that one instruction adds to a sum: d goes by in steps of four.</summary>
    public const int Depth = 4;

    /// <summary>What is added to the inputs, as the instruction takes their bytes without a sign.</summary>
    public const int InputOffset = 128;

    /// <summary>Sums of fewer products cannot overflow: 255 · 127 · 65,536 &lt; 2³¹.</summary>
    public const int MostDepth = 65_536;

    private const string Switch = "SAE_CPU_SCREEN";

    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, sbyte*, long, int*, int*, void>
        Code = Assemble();

    /// <summary>
    /// Whether the processor, the system and .NET allow it, it computes what it should, and SAE_CPU_SCREEN is not 0;
    /// on Windows only where it is 1.
    /// </summary>
    public static bool IsAvailable { get; } = Code != null && IsRight();

    /// <summary>Adds products to sums.</summary>
    /// <param name="x">Inputs plus 128, [steps][Rows][4].</param>
    /// <param name="w">Weights, [steps][Latents][4].</param>
    /// <param name="steps">Products of a sum, in fours; at least 1.</param>
    /// <param name="start">What the sums of every row start from, [Latents].</param>
    /// <param name="result">Receives the sums, [Rows][Latents].</param>
    public static void MultiplyAdd(byte* x, sbyte* w, int steps, int* start, int* result) =>
        Code(x, w, steps, start, result);

    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, sbyte*, long, int*, int*, void> Assemble()
    {
        // Nobody has run it on Windows yet: there it must be asked for.
        string? given = Environment.GetEnvironmentVariable(Switch);
        bool wanted = (OperatingSystem.IsWindows() ? given == "1" : given != "0") && VectorExtensions.HasAvx512Vnni();
        return (delegate* unmanaged[Cdecl, SuppressGCTransition]<byte*, sbyte*, long, int*, int*, void>)
            (wanted ? MachineCode.Assemble(OperatingSystem.IsWindows() ? WriteForWindows : Write) : null);
    }

    /// <summary>Writes the function, called by System V: x rdi, w rsi, steps rdx, start rcx, result r8.</summary>
    private static void Write(Assembler code)
    {
        WriteBody(code);
        code.ret();
    }

    private static void WriteForWindows(Assembler code)
    {
        WindowsCall.Enter(code);
        WriteBody(code);
        WindowsCall.Leave(code);
        code.ret();
    }

    private static void WriteBody(Assembler code)
    {
        AssemblerRegisterZMM low = zmm24;
        AssemblerRegisterZMM high = zmm25;
        code.vmovdqu32(low, __zmmword_ptr[rcx]);
        code.vmovdqu32(high, __zmmword_ptr[rcx + 64]);
        for (int row = 0; row < Rows; row++)
        {
            code.vmovdqa32(Vector(2 * row), low);
            code.vmovdqa32(Vector((2 * row) + 1), high);
        }

        Label step = code.CreateLabel();
        code.Label(ref step);
        code.vmovdqu32(low, __zmmword_ptr[rsi]);
        code.vmovdqu32(high, __zmmword_ptr[rsi + 64]);
        for (int row = 0; row < Rows; row++)
        {
            // Six registers in turn, so that a load need not wait for the products of the row before.
            AssemblerRegisterZMM input = Vector(26 + (row % 6));
            code.vpbroadcastd(input, __dword_ptr[rdi + (Depth * row)]);
            code.vpdpbusd(Vector(2 * row), input, low);
            code.vpdpbusd(Vector((2 * row) + 1), input, high);
        }

        code.add(rdi, Depth * Rows);
        code.add(rsi, Depth * Latents);
        code.dec(rdx);
        code.jnz(step);
        for (int row = 0; row < Rows; row++)
        {
            code.vmovdqu32(__zmmword_ptr[r8 + (128 * row)], Vector(2 * row));
            code.vmovdqu32(__zmmword_ptr[r8 + (128 * row) + 64], Vector((2 * row) + 1));
        }

        code.vzeroupper();
    }

    private static AssemblerRegisterZMM Vector(int number) => new(Register.ZMM0 + number);

    /// <summary>Whether the code gives the sums of a plain loop, extremes included.</summary>
    private static bool IsRight()
    {
        const int Steps = 3;
        byte* x = stackalloc byte[Steps * Rows * Depth];
        sbyte* w = stackalloc sbyte[Steps * Latents * Depth];
        int* start = stackalloc int[Latents];
        int* result = stackalloc int[Rows * Latents];
        for (int i = 0; i < Steps * Rows * Depth; i++)
        {
            x[i] = (byte)(255 - (i * 37));
        }

        for (int i = 0; i < Steps * Latents * Depth; i++)
        {
            w[i] = (sbyte)(127 - (i * 29));
        }

        for (int latent = 0; latent < Latents; latent++)
        {
            start[latent] = -latent * latent * 1000;
        }

        MultiplyAdd(x, w, Steps, start, result);
        for (int row = 0; row < Rows; row++)
        {
            for (int latent = 0; latent < Latents; latent++)
            {
                int sum = start[latent];
                for (int i = 0; i < Steps * Depth; i++)
                {
                    sum += x[(i / Depth * Rows * Depth) + (row * Depth) + (i % Depth)]
                        * w[(i / Depth * Latents * Depth) + (latent * Depth) + (i % Depth)];
                }

                if (result[(row * Latents) + latent] != sum)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
