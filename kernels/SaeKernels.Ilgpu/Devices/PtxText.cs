using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Types;

namespace SaeKernels.Ilgpu;

/// <summary>The registers of values, as PTX writes them; used by the generators of instructions.</summary>
internal static class PtxText
{
    /// <summary>Returns the registers of an operand, one for each field of a struct.</summary>
    public static string[] Operand(PTXCodeGenerator generator, Value value) =>
        Registers(generator, generator.Load(value));

    /// <summary>Returns registers for the result of an instruction.</summary>
    public static string[] Result(PTXCodeGenerator generator, Value value) =>
        Registers(generator, generator.Allocate(value));

    /// <summary>Returns a vector operand.</summary>
    public static string Vector(params string[] registers) => $"{{{string.Join(", ", registers)}}}";

    /// <summary>Returns the register of an address in a state space; converts a generic address.</summary>
    public static string Address(PTXCodeGenerator generator, Value reference, string space)
    {
        string address = Operand(generator, reference)[0];
        if (((AddressSpaceType)reference.Type).AddressSpace != MemoryAddressSpace.Generic)
        {
            return address;
        }

        string converted = Name(generator.AllocatePlatformRegister(out _));
        generator.Builder.Append($"\tcvta.to.{space}.u64\t{converted}, {address};\n");
        return converted;
    }

    /// <summary>Writes a matrix product: the result, a of four words, b of two, the sums before.</summary>
    public static void MatrixProduct(PTXCodeGenerator generator, Value value, string instruction)
    {
        string sums = Vector(Operand(generator, value[0]));
        string a = Vector(Operand(generator, value[1]));
        string b = Vector([.. Operand(generator, value[2]), .. Operand(generator, value[3])]);
        string result = Vector(Result(generator, value));
        generator.Builder.Append($"\t{instruction}\t{result}, {a}, {b}, {sums};\n");
    }

    private static string[] Registers(
        PTXCodeGenerator generator, RegisterAllocator<PTXRegisterKind>.Register register) =>
        register is RegisterAllocator<PTXRegisterKind>.CompoundRegister compound
            ? [.. compound.Children.SelectMany(child => Registers(generator, child))]
            : [Name(generator.EnsureHardwareRegister((RegisterAllocator<PTXRegisterKind>.PrimitiveRegister)register))];

    private static string Name(RegisterAllocator<PTXRegisterKind>.HardwareRegister register) =>
        "%" + PTXRegisterAllocator.GetStringRepresentation(register);
}
