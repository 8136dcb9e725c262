using System.Globalization;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>The arithmetic of a backend's encoders: chosen once, when it is opened.</summary>
/// <param name="Precision">The mode in use.</param>
/// <param name="Path">The instructions that form the products, for people.</param>
/// <param name="Screening">The encoders with tensor cores; null where float32 does everything.</param>
internal sealed record EncoderMode(EncoderPrecision Precision, string Path, ScreenedEncoders? Screening)
{
    private const string FusedPath = "fused multiply-adds in float32";
    private const int RandomProbes = 16;

    /// <summary>The modes of a device, the default first.</summary>
    public static IReadOnlyList<EncoderPrecision> Of(Device device) =>
        HasTensorCores(device)
            ?
            [
                EncoderPrecision.Auto, EncoderPrecision.Fp32, EncoderPrecision.ExactTf32, EncoderPrecision.ExactBf16,
                EncoderPrecision.Tf32, EncoderPrecision.Bf16,
            ]
            : [EncoderPrecision.Auto, EncoderPrecision.Fp32];

    /// <summary>Whether a device has tensor cores, or emulates them.</summary>
    public static bool HasTensorCores(Device device) =>
        device is CPUDevice or CudaDevice { Architecture.Major: >= TensorCoreInstructions.Capability };

    /// <summary>Chooses; an exact mode gives way to float32 where the device fails the probe.</summary>
    /// <param name="device">The device.</param>
    /// <param name="listedRows">Stores what was selected.</param>
    /// <param name="wanted">
    /// A mode that the device has. Auto is bfloat16 that float32 decides on CUDA devices with tensor cores, and
    /// float32 elsewhere: on the simulator, which also has the others, everything else is slower still.
    /// </param>
    public static EncoderMode Choose(KernelDevice device, ListedRows listedRows, EncoderPrecision wanted)
    {
        bool screens = !device.IsSimulator && HasTensorCores(device.Accelerator.Device);
        EncoderPrecision precision = wanted != EncoderPrecision.Auto
            ? wanted
            : screens ? EncoderPrecision.ExactBf16 : EncoderPrecision.Fp32;
        return precision switch
        {
            EncoderPrecision.ExactBf16 => Exact<Bf16Product>(device, listedRows, precision),
            EncoderPrecision.ExactTf32 => Exact<Tf32Product>(device, listedRows, precision),
            EncoderPrecision.Bf16 => Fast<Bf16Product>(device, listedRows, precision),
            EncoderPrecision.Tf32 => Fast<Tf32Product>(device, listedRows, precision),
            _ => new EncoderMode(EncoderPrecision.Fp32, FusedPath, null),
        };
    }

    /// <summary>Probes a product, and screens with it if it is as good as the bound assumes.</summary>
    public static EncoderMode Exact<TProduct>(KernelDevice device, ListedRows listedRows, EncoderPrecision precision)
        where TProduct : struct, IMatrixProduct
    {
        double worst = AccumulatorProbe.WorstRatio<TProduct>(device, RandomProbes);
        string probe = string.Create(CultureInfo.InvariantCulture, $"the probe found {worst:g3} of the assumed error");
        return worst <= 1
            ? new EncoderMode(
                precision,
                $"{TProduct.Instruction} screens, {FusedPath} decide; {probe}",
                ScreenedEncoders.For<TProduct>(device, listedRows, isExact: true))
            : new EncoderMode(
                EncoderPrecision.Fp32, $"{FusedPath}; {TProduct.Instruction} is not used, as {probe}", null);
    }

    private static EncoderMode Fast<TProduct>(KernelDevice device, ListedRows listedRows, EncoderPrecision precision)
        where TProduct : struct, IMatrixProduct => new(
            precision,
            $"{TProduct.Instruction}, without proof that float32 would select the same",
            ScreenedEncoders.For<TProduct>(device, listedRows, isExact: false));
}
