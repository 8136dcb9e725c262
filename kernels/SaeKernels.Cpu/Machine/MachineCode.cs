using Iced.Intel;

namespace SaeKernels.Cpu;

/// <summary>Assembles instructions that .NET does not offer.</summary>
internal static unsafe class MachineCode
{
    /// <summary>Assembles a function and places it in memory; null where that is not possible.</summary>
    /// <param name="write">Writes its instructions.</param>
    public static void* Assemble(Action<Assembler> write)
    {
        Assembler assembler = new(64);
        write(assembler);
        using MemoryStream code = new();
        assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return ExecutableMemory.Place(code.ToArray());
    }
}
