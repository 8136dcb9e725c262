using System.Globalization;
using SaeKernels.Ilgpu;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The sizes of a step that have names.</summary>
internal static class BenchShapes
{
    private const int Sizes = 4;

    private static readonly (string Name, StepShape Shape)[] Named =
    [
        ("tiny", new StepShape(16, 64, 4, 16)),
        ("small", new StepShape(128, 1024, 16, 2048)),
        ("288", new StepShape(288, 2304, 32, 1024)),
        ("512", new StepShape(512, 16384, 32, 2048)),
        ("768", new StepShape(768, 24576, 32, 1024)),
        ("gpu", new StepShape(768, 24576, 32, 8192)),
    ];

    /// <summary>The names with their sizes, for the help.</summary>
    public static string Help => string.Join(", ", Named.Select(named => $"{named.Name} ({named.Shape})"));

    /// <summary>Returns the sizes that a text names, or those that suit a device.</summary>
    /// <param name="text">A name, or four numbers with commas; null for the device's default.</param>
    /// <param name="deviceId">The device.</param>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    public static StepShape Parse(string? text, string deviceId)
    {
        text ??= DefaultOf(deviceId);
        foreach ((string name, StepShape shape) in Named)
        {
            if (name == text)
            {
                return shape;
            }
        }

        int[] numbers = [.. text.Split(',').Select(part => ParseSize(part, text))];
        return numbers.Length == Sizes
            ? new StepShape(numbers[0], numbers[1], numbers[2], numbers[3])
            : throw Invalid(text);
    }

    private static string DefaultOf(string deviceId) => deviceId switch
    {
        IlgpuDevices.SimulatorId => "tiny",
        "cpu" => "small",
        _ => "gpu",
    };

    private static int ParseSize(string part, string text) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw Invalid(text);

    private static ArgumentException Invalid(string text) => new(
        $"--shape: must be one of {string.Join(", ", Named.Select(named => named.Name))}, or width, latents, k and "
        + $"batch as four whole numbers above 0 with commas, but is '{text}'. Write it like 512,16384,32,2048.");
}
