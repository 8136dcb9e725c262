using System.Reflection;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>Neighbouring numbers of global memory at once: <c>ld.global.v4</c>, <c>st.global.v4</c> of CUDA.</summary>
/// <remarks>
/// At level O1 ILGPU 1.5.3 does not know in which memory an address lies, and writes <c>ld.v4</c>, for which the device
/// has to find out; level O2 knows, but moves intrinsics past others (<see cref="IlgpuDevices.OpenContext"/>). Source:
/// PTX ISA, "ld", "st". OpenCL has no such choice to make, and gets the plain access.
/// </remarks>
internal static class GlobalVector
{
    /// <summary>Loads a pack that lies at a multiple of 16 bytes.</summary>
    [IntrinsicImplementation]
    internal static Pack4 Load(ref Pack4 place) => place;

    /// <inheritdoc cref="Load(ref Pack4)"/>
    [IntrinsicImplementation]
    internal static Quad Load(ref Quad place) => place;

    /// <summary>Stores a pack at a multiple of 16 bytes.</summary>
    [IntrinsicImplementation]
    internal static void Store(ref Pack4 place, Pack4 pack) => place = pack;

    /// <inheritdoc cref="Store(ref Pack4, Pack4)"/>
    [IntrinsicImplementation]
    internal static void Store(ref Fragment place, Fragment words) => place = words;

    /// <summary>Stores two words at a multiple of 8 bytes.</summary>
    [IntrinsicImplementation]
    internal static void Store(ref WordPair place, WordPair words) => place = words;

    /// <summary>Tells a context how devices access global memory.</summary>
    public static void Register(Context.Builder builder)
    {
        foreach (Type vector in (Type[])[typeof(Pack4), typeof(Quad)])
        {
            Register(builder, nameof(Load), nameof(GenerateLoad), nameof(LoadPlain), vector.MakeByRefType());
        }

        foreach (Type vector in (Type[])[typeof(Pack4), typeof(Fragment), typeof(WordPair)])
        {
            string generator = vector == typeof(Pack4) ? nameof(GenerateStore) : nameof(GenerateStoreWords);
            Register(builder, nameof(Store), generator, nameof(StorePlain), vector.MakeByRefType(), vector);
        }
    }

    private static void Register(
        Context.Builder builder, string method, string generator, string plain, params Type[] parameters)
    {
        const BindingFlags Own = BindingFlags.Static | BindingFlags.NonPublic;
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        MethodInfo intrinsic = typeof(GlobalVector).GetMethod(method, Own, parameters)!;
        MethodInfo twin = typeof(GlobalVector).GetMethod(plain, Own, parameters)!;
        manager.RegisterMethod(intrinsic, new PTXIntrinsic(
            typeof(GlobalVector), generator, IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(intrinsic, new CLIntrinsic(twin, IntrinsicImplementationMode.Redirect));
    }

    private static Pack4 LoadPlain(ref Pack4 place) => place;

    private static Quad LoadPlain(ref Quad place) => place;

    private static void StorePlain(ref Pack4 place, Pack4 pack) => place = pack;

    private static void StorePlain(ref Fragment place, Fragment words) => place = words;

    private static void StorePlain(ref WordPair place, WordPair words) => place = words;

    private static void GenerateLoad(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string address = PtxText.Address(generator, value[0], "global");
        string result = PtxText.Vector(PtxText.Result(generator, value));
        generator.Builder.Append($"\tld.global.v4.f32\t{result}, [{address}];\n");
    }

    private static void GenerateStore(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string address = PtxText.Address(generator, value[0], "global");
        string pack = PtxText.Vector(PtxText.Operand(generator, value[1]));
        generator.Builder.Append($"\tst.global.v4.f32\t[{address}], {pack};\n");
    }

    private static void GenerateStoreWords(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string address = PtxText.Address(generator, value[0], "global");
        string[] words = PtxText.Operand(generator, value[1]);
        generator.Builder.Append($"\tst.global.v{words.Length}.b32\t[{address}], {PtxText.Vector(words)};\n");
    }
}
