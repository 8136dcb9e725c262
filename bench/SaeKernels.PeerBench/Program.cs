using System.CommandLine;
using SaeKernels.PeerBench;

try
{
    return BenchCommand.Create().Parse(args).Invoke(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
    });
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
