using System.Reflection;
using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>
/// ILGPU 1.5.3 takes two parameter structs for one type where their numbers, written out, are the same, and then lays
/// both out as the first one that it met. They may differ in the gap after a nested struct: so no nested struct may
/// leave one. The CPU simulator does not notice, an OpenCL device reads wrong numbers.
/// </summary>
public sealed class KernelParametersTests
{
    [Theory]
    [InlineData(EncoderPrecision.Fp32)]
    [InlineData(EncoderPrecision.ExactBf16)]
    [InlineData(EncoderPrecision.ExactTf32)]
    public void Structs_within_kernel_parameters_end_without_a_gap(EncoderPrecision precision)
    {
        Type[] nested =
        [
            .. KernelLists.Of(precision)
                .SelectMany(kernel => kernel.GetParameters())
                .SelectMany(parameter => StructsWithin(parameter.ParameterType))
                .Distinct(),
        ];
        Assert.NotEmpty(nested);
        string[] gaps = [.. nested.Where(HasGap).Select(type => $"{type}")];
        Assert.True(gaps.Length == 0, $"Give these an even number of 32-bit numbers:\n{string.Join('\n', gaps)}");
    }

    private static IEnumerable<Type> StructsWithin(Type type) => FieldTypes(type)
        .Where(field => !IsView(field) && !field.IsPrimitive)
        .SelectMany(field => StructsWithin(field).Prepend(field));

    // A struct that holds a view, which is 8 bytes wide, is padded to a multiple of 8 bytes.
    private static bool HasGap(Type type)
    {
        Type[] numbers = [.. Numbers(type)];
        return numbers.Any(IsView) && numbers.Count(number => !IsView(number)) % 2 != 0;
    }

    private static IEnumerable<Type> Numbers(Type type) => FieldTypes(type)
        .SelectMany(field => IsView(field) || field.IsPrimitive ? [field] : Numbers(field));

    private static IEnumerable<Type> FieldTypes(Type type) => type
        .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Select(field => field.FieldType);

    private static bool IsView(Type type) =>
        type == typeof(long)
        || type == typeof(ulong)
        || type == typeof(double)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>));
}
